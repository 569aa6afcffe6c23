/** Demand and scaling together, driven by chance as the engine would drive them: bounds hold, and it comes to rest. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { ScaleSpec } from "../../../protocol/fleet.ts";
import { workerSpec } from "../../testing/fleet.ts";
import { drone, NOW, seen, wanted } from "../../testing/seen.ts";
import type { DroneSeen } from "../../seen.ts";
import { measureDemand, NO_DEMAND, type Demand } from "../demand.ts";
import { scaleWorker } from "./reconciler.ts";

interface Fleet {
  drones: DroneSeen[];
  demand: Demand;
  born: number;
  changes: number;
}

/** One second: what gateways report, one pass, and what it asked for done at once. */
function second(fleet: Fleet, scale: ScaleSpec, at: { calls: number; now: number }): void {
  const { now } = at;
  const spec = workerSpec("alpha", { scale });
  const activity = [reportOf(fleet.drones, at)];
  const { load, wantedAtMs: previous } = fleet.demand;
  const { drones } = fleet;
  fleet.demand = measureDemand({ spec, activity, wake: undefined, drones, previous, load, now });
  const { demand } = fleet;
  const { actions } = scaleWorker(wanted({ spec }), seen({ drones, activity, demand }), now);
  for (const action of actions) {
    if (action.do === "claim") {
      const id = `d${(fleet.born += 1)}`;
      fleet.drones = [...fleet.drones, drone({ id, createdAtMs: now, readyAtMs: now })];
    }
    if (action.do === "drain") {
      fleet.drones = fleet.drones.filter((one) => one.record.id !== action.drone);
    }
    fleet.changes += 1;
  }
}

function reportOf(drones: readonly DroneSeen[], at: { calls: number; now: number }) {
  const share = Math.floor(at.calls / Math.max(1, drones.length));
  const rest = at.calls - share * drones.length;
  const inFlight = drones.map(({ record }, index) => [record.id, share + (index < rest ? 1 : 0)]);
  return {
    worker: "alpha",
    gateway: "g",
    waiting: drones.length === 0 ? at.calls : 0,
    inFlight: Object.fromEntries(inFlight),
    lastCallAtMs: at.calls > 0 ? at.now : 0,
  };
}

const scales = fc
  .record({
    minDrones: fc.nat(4),
    more: fc.nat(12),
    callsPerDrone: fc.integer({ min: 1, max: 20 }),
    idleMs: fc.integer({ min: 1_000, max: 90_000 }),
    targetUtilisation: fc.constantFrom(0.5, 0.7, 1),
    warmDrones: fc.nat(3),
  })
  .map(({ more, ...scale }): ScaleSpec => ({
    ...scale,
    maxDrones: Math.max(1, scale.minDrones + more),
  }));

it("never leaves the bounds, serves what waits, and comes to rest under a steady load", () => {
  const loads = fc.array(fc.nat(150), { minLength: 1, maxLength: 90 });
  fc.assert(
    fc.property(scales, loads, fc.nat(150), (scale, noise, steady) => {
      const fleet: Fleet = { drones: [], demand: NO_DEMAND, born: 0, changes: 0 };
      let now = NOW;
      for (const calls of noise) {
        second(fleet, scale, { calls, now: (now += 1_000) });
        expect(fleet.drones.length).toBeLessThanOrEqual(scale.maxDrones);
        expect(fleet.drones.length).toBeGreaterThanOrEqual(scale.minDrones);
        if (calls > 0) expect(fleet.drones.length).toBeGreaterThan(0);
      }
      const settleS = 200 + scale.idleMs / 1_000;
      for (let s = 0; s < settleS; s++)
        second(fleet, scale, { calls: steady, now: (now += 1_000) });
      fleet.changes = 0;
      for (let s = 0; s < 60; s++) second(fleet, scale, { calls: steady, now: (now += 1_000) });
      expect(fleet.changes).toBe(0);
      const perDrone = scale.callsPerDrone * (scale.targetUtilisation ?? 1);
      const forCalls = Math.ceil(steady / perDrone - 1e-9) + (scale.warmDrones ?? 0);
      const least = Math.min(scale.maxDrones, Math.max(scale.minDrones, forCalls));
      expect(fleet.drones.length).toBeGreaterThanOrEqual(least);
      // A drone with a call is not sent away: with as many calls as drones all stay.
      if (steady === 0) expect(fleet.drones.length).toBe(least);
    }),
    { numRuns: 60 },
  );
});
