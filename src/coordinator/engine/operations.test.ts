import { expect, it } from "vitest";
import type { LaunchedDrone } from "../../launchers/contract.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import { createFakeClock } from "../testing/fake-clock.ts";
import { createOperations } from "./operations.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp() {
  const clock = createFakeClock(settle);
  const settled: string[] = [];
  const operations = createOperations({ clock, onSettled: (drone) => void settled.push(drone) });
  const start = (run: (signal: AbortSignal) => Promise<LaunchedDrone | void>): void =>
    operations.start({
      kind: "create",
      drone: "d1",
      timeoutMs: 1_000,
      timeoutReason: "too slow",
      run,
    });
  return { clock, settled, operations, start };
}

it("keeps the outcome until it is forgotten", async () => {
  const { operations, settled, start } = setUp();
  start(async () => undefined);
  expect(operations.state("create", "d1")).toEqual({ state: "running" });
  await settle();
  expect([operations.state("create", "d1"), settled]).toEqual([{ state: "done" }, ["d1"]]);
  operations.forget("d1");
  expect(operations.state("create", "d1")).toEqual({ state: "none" });
});

it("keeps code and patience of a launcher's refusal", async () => {
  const { clock, operations, start } = setUp();
  start(async () => {
    throw new FlotillaError("launcher_not_ready", "booting", { retryAfterMs: 70 });
  });
  await settle();
  expect(operations.state("create", "d1")).toEqual({
    state: "failed",
    code: "launcher_not_ready",
    message: "booting",
    retryAtMs: clock.now() + 70,
  });
});

it("is over when time is up, though the work itself never ends", async () => {
  const { clock, operations, settled, start } = setUp();
  let aborted = false;
  start((signal) => {
    signal.addEventListener("abort", () => (aborted = true));
    return new Promise(() => undefined);
  });
  await clock.advance(1_001);
  expect(operations.state("create", "d1")).toMatchObject({ state: "failed", message: "too slow" });
  expect([aborted, settled]).toEqual([true, ["d1"]]);
});

it("tells nobody about the end of what was forgotten, and counts foreign throws as failures", async () => {
  const { operations, settled, start } = setUp();
  start(() => {
    throw new TypeError("not even a promise");
  });
  await settle();
  expect(operations.state("create", "d1")).toMatchObject({
    state: "failed",
    message: "not even a promise",
  });
  start(async () => settle());
  operations.forget("d1");
  await settle();
  await settle();
  expect(settled).toEqual(["d1"]);
});
