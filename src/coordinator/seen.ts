/** What a reconciler is shown: plain data, gathered by the engine just before the pass. */
import type { FlotillaErrorCode } from "../protocol/errors.ts";
import type { WorkerSpec } from "../protocol/fleet.ts";
import type {
  ActivityRecord,
  DroneRecord,
  HealthRecord,
  HistoryRecord,
  WakeRecord,
  WorkerRecord,
} from "../protocol/records.ts";
import type { CoordinatorPolicy } from "./policy.ts";
import type { Demand } from "./workers/demand.ts";

export interface WorkerWanted {
  /** Undefined: the worker is no longer in the fleet. */
  spec: WorkerSpec | undefined;
  /** Flotilla is about to end. */
  stopping: boolean;
  policy: CoordinatorPolicy;
}

/** A launch or probe that runs beside the passes. Its outcome waits here until a pass has dealt with it. */
export type OperationState =
  | { state: "none" }
  | { state: "running" }
  | { state: "done" }
  | { state: "failed"; code: FlotillaErrorCode; message: string; retryAtMs: number };

export type Observation =
  /** Not asked yet, or the launcher could not answer. */
  { state: "unknown" } | { state: "alive" } | { state: "ended"; reason: string };

export interface DroneSeen {
  record: DroneRecord;
  create: OperationState;
  probe: OperationState;
  launched: Observation;
  /** Lives on when Flotilla ends. */
  outlivesUs: boolean;
  /** Its machine is about to go. */
  leaving: boolean;
}

export interface Failure {
  atMs: number;
  reason: string;
  /** Trying again soon cannot help: "command not found". */
  final: boolean;
}

export interface StartAllowance {
  /** Starts that the guard against storms lets through now. */
  tokens: number;
  /** When it lets the next one through, if none. */
  nextTokenAtMs: number;
  /** Drones of this worker that still fit where it can run. */
  room: number;
}

export interface WorkerSeen {
  worker: WorkerRecord | undefined;
  health: HealthRecord | undefined;
  /** The revision the kept catalogue belongs to. */
  catalogRevision: string | undefined;
  wake: WakeRecord | undefined;
  drones: DroneSeen[];
  activity: ActivityRecord[];
  demand: Demand;
  /** Not yet part of the health record. */
  failures: Failure[];
  /** How many more drones may start now, fleet-wide. */
  startSlots: number;
  /** What else holds starts back. */
  allowance: StartAllowance;
  /** As the store has it; the newest is `demand.history`. */
  history: HistoryRecord | undefined;
  /** One throw of the dice, in [0, 1). */
  chance: number;
}

/** `starting` or `ready`: it serves, or will. */
export function isServing(drone: DroneSeen): boolean {
  return drone.record.phase === "starting" || drone.record.phase === "ready";
}
