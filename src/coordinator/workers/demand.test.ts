import { describe, expect, it } from "vitest";
import { workerSpec } from "../testing/fleet.ts";
import { drone, NOW } from "../testing/seen.ts";
import { measureDemand, type DemandInput } from "./demand.ts";

const spec = workerSpec("alpha", { scale: { maxDrones: 3, callsPerDrone: 10 } });
const activity = (waiting: number, inFlight: Record<string, number> = {}, lastCallAtMs = 0) => ({
  worker: "alpha",
  gateway: "g",
  waiting,
  inFlight,
  lastCallAtMs,
});
const measure = (change: Partial<DemandInput>) =>
  measureDemand({
    spec,
    activity: [],
    wake: undefined,
    drones: [],
    previous: [],
    now: NOW,
    ...change,
  });

describe("demand", () => {
  it.each([
    [0, 0],
    [1, 1],
    [10, 1],
    [11, 2],
    [500, 3],
  ])("of %i waiting calls is %i drones", (waiting, desired) => {
    expect(measure({ activity: [activity(waiting)] }).desired).toBe(desired);
  });

  it("adds up gateways, and counts calls only on drones that serve", () => {
    const drones = [drone({ id: "a" }), drone({ id: "b", phase: "draining" })];
    const measured = measure({
      drones,
      activity: [activity(4, { a: 7 }), activity(1, { b: 50, gone: 9 })],
    });
    expect(measured).toMatchObject({ waiting: 5, inFlight: 7, desired: 2 });
  });

  it("is one drone for a wake, and for a builtin worker always", () => {
    expect(measure({ wake: { worker: "alpha", by: "cli", atMs: NOW } }).desired).toBe(1);
    expect(measure({ spec: workerSpec("c", { run: { kind: "builtin" } }) }).desired).toBe(1);
  });

  it("remembers when each drone was last wanted, and does not believe calls from the future", () => {
    const drones = [drone({ id: "a", readyAtMs: 5 }), drone({ id: "b", readyAtMs: 6 })];
    const measured = measure({
      drones,
      previous: [10, 20],
      activity: [activity(0, {}, NOW + 99_999)],
    });
    expect(measured.wantedAtMs).toEqual([NOW, 20]);
    expect(measure({ drones, previous: [] }).wantedAtMs).toEqual([NOW, NOW]);
  });

  it("is the target share of a drone's calls, and a warm drone beyond them", () => {
    const scale = { maxDrones: 9, callsPerDrone: 10, targetUtilisation: 0.5, warmDrones: 2 };
    const tuned = workerSpec("alpha", { scale });
    expect(measure({ spec: tuned, activity: [activity(6)] }).desired).toBe(4);
    expect(measure({ spec: tuned }).desired).toBe(2);
  });

  it("counts calls under way by their average and looks again while it moves; calls that wait at once", () => {
    const drones = [drone({ id: "a" })];
    const load = { steps: [{ atMs: NOW - 60_000, calls: 1 }], panicUntilMs: 0, panicDrones: 0 };
    const busy = measure({ drones, load, activity: [activity(0, { a: 11 })] });
    expect(busy).toMatchObject({ desired: 1, lookAgainAtMs: NOW + 1_000 });
    expect(measure({ drones: [], load, activity: [activity(11)] }).desired).toBe(2);
  });

  it("is what earlier days were like, when the worker is to predict", () => {
    const history = {
      worker: "alpha",
      sinceMs: NOW - 3 * 86_400_000,
      slot: Math.floor(NOW / 300_000),
      peak: 0,
      daily: Array.from({ length: 288 }, () => 15),
      weekly: Array.from({ length: 2_016 }, () => 0),
    };
    const scale = { maxDrones: 3, callsPerDrone: 10, predict: true };
    expect(measure({ spec: workerSpec("alpha", { scale }), history }).desired).toBe(2);
    expect(measure({ history })).toMatchObject({ desired: 0 });
    expect(measure({ history }).history).toBeUndefined();
  });
});
