/** What a reconciler sees, for tests: a quiet worker, and changes to it. */
import type { DroneRecord } from "../../protocol/records.ts";
import { DEFAULT_POLICY } from "../policy.ts";
import type { DroneSeen, WorkerSeen, WorkerWanted } from "../seen.ts";
import { NO_DEMAND, type Demand } from "../workers/demand.ts";
import { workerSpec } from "./fleet.ts";

export const NOW = 1_000_000;

export function wanted(change: Partial<WorkerWanted> = {}): WorkerWanted {
  return { spec: workerSpec("alpha"), stopping: false, policy: DEFAULT_POLICY, ...change };
}

export function drone(change: Partial<DroneRecord> = {}, more: Partial<DroneSeen> = {}): DroneSeen {
  const record: DroneRecord = {
    id: "d1",
    worker: "alpha",
    revision: "r1",
    launcher: "process",
    handle: "h1",
    phase: "ready",
    address: { kind: "link", node: "here", launcher: "process" },
    createdAtMs: NOW - 10_000,
    reason: "test",
    ...change,
  };
  return {
    record,
    create: { state: "none" },
    probe: { state: "none" },
    launched: { state: "alive" },
    outlivesUs: false,
    leaving: false,
    ...more,
  };
}

export function seen(
  change: Partial<Omit<WorkerSeen, "demand">> & { demand?: Partial<Demand> } = {},
): WorkerSeen {
  return {
    worker: undefined,
    health: undefined,
    catalogRevision: undefined,
    wake: undefined,
    drones: [],
    activity: [],
    failures: [],
    startSlots: 10,
    allowance: { tokens: 100, nextTokenAtMs: NOW, room: 100 },
    history: undefined,
    chance: 0.5,
    ...change,
    demand: { ...NO_DEMAND, ...change.demand },
  };
}
