import { expect, it } from "vitest";
import type { ActivityRecord } from "../../../protocol/records.ts";
import { drone, NOW, wanted } from "../../testing/seen.ts";
import { drainDrone, type DrainSeen } from "./reconciler.ts";

const report = (inFlight: Record<string, number>): ActivityRecord => ({
  worker: "alpha",
  gateway: "g",
  waiting: 0,
  inFlight,
  lastCallAtMs: 0,
});
const draining = (
  change: Partial<DrainSeen> = {},
  readyAtMs: number | undefined = 1,
): DrainSeen => ({
  ...drone({
    phase: "draining",
    drainSinceMs: NOW,
    ...(readyAtMs === undefined ? {} : { readyAtMs }),
  }),
  activity: [],
  noGateway: false,
  ...change,
});
const ends = (seen: DrainSeen, now: number, want = wanted()) =>
  drainDrone(want, seen, now).actions.some((action) => action.do === "end");

it("ends it when every gateway has promised to have no call on it", () => {
  const activity = [report({ d1: 0 }), report({ d1: 0 })];
  expect(ends(draining({ activity }), NOW + 1_999)).toBe(false);
  expect(ends(draining({ activity }), NOW + 2_000)).toBe(true);
});

it("waits for calls and for gateways that have not answered, up to the deadline", () => {
  for (const activity of [[report({ d1: 0 }), report({ d1: 2 })], [report({})]]) {
    expect(ends(draining({ activity }), NOW + 59_999)).toBe(false);
    expect(ends(draining({ activity }), NOW + 60_000)).toBe(true);
  }
});

it("gives calls one grace time when Flotilla stops, and none when no gateway is left", () => {
  const stopping = wanted({ stopping: true });
  const activity = [report({ d1: 1 })];
  expect(ends(draining({ activity }), NOW + 4_999, stopping)).toBe(false);
  expect(ends(draining({ activity }), NOW + 5_000, stopping)).toBe(true);
  expect(ends(draining({ noGateway: true }), NOW, stopping)).toBe(true);
});

it("ends at once what was never ready, and calls off a launch that is under way", () => {
  const unready = draining({ activity: [report({ other: 1 })] });
  delete unready.record.readyAtMs;
  expect(ends(unready, NOW)).toBe(true);
  const launching = draining({ create: { state: "running" } });
  launching.record.handle = "";
  expect(drainDrone(wanted(), launching, NOW).actions).toEqual([{ do: "cancel", drone: "d1" }]);
});

it("asks an ending drone to end again until it is gone", () => {
  const ending = { ...draining(), ...drone({ phase: "ending" }) };
  const step = drainDrone(wanted(), ending, NOW);
  expect(step.actions).toMatchObject([{ do: "end", drone: "d1" }]);
  expect(step.lookAgainAtMs).toBe(NOW + 250);
});
