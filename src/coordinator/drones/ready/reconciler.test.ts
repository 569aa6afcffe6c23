import { expect, it } from "vitest";
import { drone, wanted } from "../../testing/seen.ts";
import type { DroneSeen } from "../../seen.ts";
import { readyDrone } from "./reconciler.ts";

const at = (seen: Partial<DroneSeen>) =>
  readyDrone(wanted(), drone({ phase: "starting" }, seen)).actions;

it("probes, waits, and lets the drone serve", () => {
  expect(at({})).toEqual([{ do: "probe", drone: "d1" }]);
  expect(at({ probe: { state: "running" } })).toEqual([]);
  expect(at({ probe: { state: "done" } })).toEqual([{ do: "mark_ready", drone: "d1" }]);
});

it("ends a drone that does not answer, and counts it", () => {
  const probe = {
    state: "failed",
    code: "drone_protocol",
    message: "said nothing",
    retryAtMs: 0,
  } as const;
  expect(at({ probe })).toEqual([
    { do: "fail", drone: "d1", reason: "said nothing", final: false },
    { do: "end", drone: "d1", reason: "said nothing" },
  ]);
});

it("leaves a dead drone to liveness, so that one death counts once", () => {
  expect(at({ launched: { state: "ended", reason: "exited" }, probe: { state: "done" } })).toEqual(
    [],
  );
});
