/** How many drones a worker needs, from what gateways report and what was asked for. */
import type { WorkerSpec } from "../../protocol/fleet.ts";
import type { ActivityRecord, WakeRecord } from "../../protocol/records.ts";
import { isServing, type DroneSeen } from "../seen.ts";

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
}

export const NO_DEMAND: Demand = { waiting: 0, inFlight: 0, desired: 0, wantedAtMs: [] };

export interface DemandInput {
  spec: WorkerSpec;
  activity: readonly ActivityRecord[];
  wake: WakeRecord | undefined;
  drones: readonly DroneSeen[];
  /** `wantedAtMs` of the pass before; empty after a restart, which counts as wanted now. */
  previous: readonly number[];
  now: number;
}

export function measureDemand(input: DemandInput): Demand {
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
  const desired = desiredDrones(input, waiting + inFlight);
  const newestMs = Math.max(0, ...serving.map((d) => d.record.readyAtMs ?? d.record.createdAtMs));
  const wantedAtMs: number[] = [];
  for (let index = 0; index < Math.max(desired, serving.length); index++) {
    const before = index < desired ? input.now : (input.previous[index] ?? input.now);
    const used = index === 0 ? Math.max(lastUseMs, newestMs) : newestMs;
    // Clocks of other machines may run ahead; nothing was used in the future.
    wantedAtMs.push(Math.min(input.now, Math.max(before, used)));
  }
  return { waiting, inFlight, desired, wantedAtMs };
}

function desiredDrones(input: DemandInput, calls: number): number {
  const { run, scale } = input.spec;
  // A builtin lives in this process: there is always exactly one.
  if (run.kind === "builtin") return 1;
  const asked = input.wake === undefined ? 0 : 1;
  const forCalls = Math.ceil(calls / Math.max(1, scale.callsPerDrone));
  return Math.min(Math.max(1, scale.maxDrones), Math.max(scale.minDrones, forCalls, asked));
}
