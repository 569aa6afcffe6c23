import { expect, test } from "vitest";
import { systemClock } from "../protocol/system-clock.ts";
import type { Fields, Labels, Telemetry } from "../telemetry/index.ts";
import { echoBehaviour, launcherConformance } from "./conformance.ts";
import { noCapacity } from "./decisions.ts";
import { instrumentLauncher } from "./instrumented.ts";
import { createMemoryLauncher } from "./memory.ts";

const run = {
  kind: "command" as const,
  command: "any",
  args: ["sk-secret"],
  env: { K: "sk-secret" },
};

function recorder(): { telemetry: Telemetry; seen: unknown[] } {
  const seen: unknown[] = [];
  const note = (message: string, fields?: Fields): void => void seen.push([message, fields]);
  const log = { debug: note, info: note, warn: note, error: note, with: () => log };
  const metric = (name: string, value?: number, labels?: Labels): void =>
    void seen.push([name, value, labels]);
  return { telemetry: { log, meter: { count: metric, observe: metric, gauge: metric } }, seen };
}

launcherConformance(
  () => {
    const inner = createMemoryLauncher({
      clock: systemClock,
      serve: (link, crash) => echoBehaviour(link, crash),
    });
    const { telemetry } = recorder();
    return { launcher: instrumentLauncher(inner, { telemetry, clock: systemClock }) };
  },
  { name: "instrumented", run, deniedRun: { kind: "builtin" } },
);

test("counts failures by decision, times every call, and shows no secret", async () => {
  const { telemetry, seen } = recorder();
  const inner = createMemoryLauncher({ clock: systemClock });
  const launcher = instrumentLauncher(inner, { telemetry, clock: systemClock });
  const limits = { startTimeoutMs: 1, callTimeoutMs: 1, graceMs: 1, maxMessageBytes: 1 };
  const claim = { claimId: "c1", worker: "w", revision: "r", run, limits };
  inner.failNext("create", noCapacity("Full."));
  await expect(launcher.create(claim, new AbortController().signal)).rejects.toMatchObject({
    code: "launcher_capacity",
  });
  await launcher.create(claim, new AbortController().signal);
  await launcher.list();
  const labels = { launcher: "memory", method: "create" };
  expect(seen).toContainEqual([
    "launcher_errors_total",
    1,
    { ...labels, code: "launcher_capacity" },
  ]);
  expect(seen).toContainEqual(["launcher_call_ms", expect.any(Number), labels]);
  expect(seen).toContainEqual(["launcher_drones", 1, { launcher: "memory", phase: "running" }]);
  expect(JSON.stringify(seen)).not.toContain("sk-secret");
  expect(inner.calls.map((call) => call.method)).toEqual(["create", "create", "list"]);
});
