import { expect, it } from "vitest";
import type { LaunchedDrone } from "../../../launchers/contract.ts";
import { drone, NOW } from "../../testing/seen.ts";
import { sweepDrones, type SweepDrone, type SweepSeen } from "./reconciler.ts";

const launched = (claimId: string): LaunchedDrone => ({
  claimId,
  worker: "alpha",
  revision: "r1",
  handle: `h-${claimId}`,
  phase: "running",
  address: { kind: "link", node: "here", launcher: "process" },
  startedAtMs: 0,
});
const recorded = (id: string, change: Partial<SweepDrone> = {}): SweepDrone => ({
  record: drone({ id }).record,
  previousLife: false,
  settled: true,
  ...change,
});
const sweep = (change: Partial<SweepSeen>) =>
  sweepDrones(
    { sweepMs: 15_000, endPollMs: 250 },
    {
      launchers: [{ name: "process", launched: [] }],
      known: ["process"],
      drones: [],
      ...change,
    },
    NOW,
  );

it("finds nothing to do where every drone has its record", () => {
  const step = sweep({
    launchers: [{ name: "process", launched: [launched("a")] }],
    drones: [recorded("a")],
  });
  expect(step).toEqual({ actions: [], lookAgainAtMs: NOW + 15_000 });
});

it("ends drones without a record, and looks again soon", () => {
  const step = sweep({ launchers: [{ name: "process", launched: [launched("a")] }] });
  expect(step.actions).toEqual([
    { do: "end_orphan", launcher: "process", handle: "h-a", claim: "a" },
  ]);
  expect(step.lookAgainAtMs).toBe(NOW + 250);
});

it("removes records of a former life and ends what is left of them", () => {
  const step = sweep({
    launchers: [{ name: "process", launched: [launched("a")] }],
    drones: [recorded("a", { previousLife: true })],
  });
  expect(step.actions.map((action) => action.do)).toEqual(["remove", "end_orphan"]);
});

it("believes in a loss only when the launcher answered, and was asked late enough", () => {
  expect(sweep({ drones: [recorded("a")] }).actions).toMatchObject([
    { do: "note_gone", drone: "a" },
  ]);
  expect(sweep({ drones: [recorded("a", { settled: false })] }).actions).toEqual([]);
  expect(sweep({ drones: [recorded("a")], launchers: [] }).actions).toEqual([]);
  expect(sweep({ drones: [recorded("a")], launchers: [], known: [] }).actions).toMatchObject([
    { do: "remove" },
  ]);
});
