/** How many drones a worker needs, from what gateways report, what was asked for, and what earlier days were like. */
import type { WorkerSpec } from "../../protocol/fleet.ts";
import type { ActivityRecord, HistoryRecord, WakeRecord } from "../../protocol/records.ts";
import { earliest } from "../reconcile.ts";
import { isServing, type DroneSeen } from "../seen.ts";
import { expectedCalls, remember, slotEndMs } from "./scale/forecast.ts";
import { dronesForLoad, needed, NO_LOAD, observeLoad, type Load } from "./scale/load.ts";

export interface Demand {
  /** Calls held for want of a drone. */
  waiting: number;
  /** Calls under way on drones that serve. */
  inFlight: number;
  /** Drones that should serve, within the worker's bounds. */
  desired: number;
  /**
   * Entry k-1: the last time at least k drones were wanted or new. The k-th drone is idle when this is long ago; one
   * number per drone is all the memory that scaling down needs.
   */
  wantedAtMs: number[];
  load: Load;
  /** Kept for workers with `scale.predict` alone. */
  history?: HistoryRecord;
  /** `desired` may change by time alone then. */
  lookAgainAtMs?: number;
}

export const NO_DEMAND: Demand = {
  waiting: 0,
  inFlight: 0,
  desired: 0,
  wantedAtMs: [],
  load: NO_LOAD,
};

export interface DemandInput {
  spec: WorkerSpec;
  activity: readonly ActivityRecord[];
  wake: WakeRecord | undefined;
  drones: readonly DroneSeen[];
  /** `wantedAtMs` of the pass before; empty after a restart, which counts as wanted now. */
  previous: readonly number[];
  /** Of the pass before. Without it the calls of now are taken for the average. */
  load?: Load;
  history?: HistoryRecord | undefined;
  now: number;
}

/** While averages still move. */
const LOOK_AGAIN_MS = 1_000;

export function measureDemand(input: DemandInput): Demand {
  const { now } = input;
  const serving = input.drones.filter(isServing);
  const ids = new Set(serving.map((drone) => drone.record.id));
  let waiting = 0;
  let inFlight = 0;
  let lastUseMs = input.wake?.atMs ?? 0;
  for (const record of input.activity) {
    waiting += record.waiting;
    lastUseMs = Math.max(lastUseMs, record.lastCallAtMs);
    for (const [id, calls] of Object.entries(record.inFlight)) if (ids.has(id)) inFlight += calls;
  }
  const { desired, ...kept } = desiredDrones(input, { waiting, inFlight });
  const newestMs = Math.max(0, ...serving.map((d) => d.record.readyAtMs ?? d.record.createdAtMs));
  const wantedAtMs: number[] = [];
  for (let index = 0; index < Math.max(desired, serving.length); index++) {
    const before = index < desired ? now : (input.previous[index] ?? now);
    const used = index === 0 ? Math.max(lastUseMs, newestMs) : newestMs;
    // Clocks of other machines may run ahead; nothing was used in the future.
    wantedAtMs.push(Math.min(now, Math.max(before, used)));
  }
  return { waiting, inFlight, desired, wantedAtMs, ...kept };
}

type Desired = Pick<Demand, "desired" | "load" | "history" | "lookAgainAtMs">;

function desiredDrones(input: DemandInput, calls: { waiting: number; inFlight: number }): Desired {
  const { run, scale } = input.spec;
  const load = observeLoad(input.load ?? NO_LOAD, calls.waiting + calls.inFlight, input.now);
  // A builtin lives in this process: there is always exactly one.
  if (run.kind === "builtin") return { desired: 1, load };
  const perDrone = Math.max(1, scale.callsPerDrone) * (scale.targetUtilisation ?? 1);
  const forCalls = dronesForCalls(input, { ...calls, load, perDrone });
  const forecast = scale.predict === true ? predicted(input, calls, perDrone) : undefined;
  const asked = input.wake === undefined ? 0 : 1;
  const busy = Math.max(forCalls.drones, asked, forecast?.drones ?? 0);
  const wanted = Math.max(scale.minDrones, busy + (scale.warmDrones ?? 0));
  const lookAgainAtMs = earliest([forCalls.lookAgainAtMs, forecast?.lookAgainAtMs]);
  return {
    desired: Math.min(Math.max(1, scale.maxDrones), wanted),
    load: forCalls.load,
    ...(forecast === undefined ? {} : { history: forecast.history }),
    ...(lookAgainAtMs === undefined ? {} : { lookAgainAtMs }),
  };
}

/**
 * Calls that wait have nobody: they count at once. Calls under way count by their average. No calls are no demand,
 * whatever the average: how long a drone outlives them is what `idleMs` says.
 */
function dronesForCalls(
  { drones, now }: DemandInput,
  at: { waiting: number; inFlight: number; load: Load; perDrone: number },
): { drones: number; load: Load; lookAgainAtMs?: number } {
  const { perDrone, waiting } = at;
  const calls = waiting + at.inFlight;
  const ready = drones.filter((drone) => drone.record.phase === "ready").length;
  const { drones: average, load } = dronesForLoad(at.load, { perDrone, ready, now });
  if (calls === 0) return { drones: 0, load };
  const atOnce = needed(calls, perDrone);
  const wanted = Math.max(1, average, waiting > 0 ? atOnce : 0);
  if (wanted === atOnce) return { drones: wanted, load };
  return { drones: wanted, load, lookAgainAtMs: now + LOOK_AGAIN_MS };
}

function predicted(
  { spec, history, now }: DemandInput,
  calls: { waiting: number; inFlight: number },
  perDrone: number,
): { drones: number; history: HistoryRecord; lookAgainAtMs: number } {
  const all = calls.waiting + calls.inFlight;
  const next = remember(history, { worker: spec.name, calls: all, now });
  const lookAgainAtMs = Math.min(slotEndMs(now), now + LOOK_AGAIN_FORECAST_MS);
  return { drones: needed(expectedCalls(next, now), perDrone), history: next, lookAgainAtMs };
}

/** Within the lead: a minute. */
const LOOK_AGAIN_FORECAST_MS = 60_000;
