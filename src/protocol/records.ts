/**
 * What gateway and coordinator tell each other through the store. Keys are built here and nowhere else.
 * Secrets (environment, headers, arguments) never enter a record.
 */
import type { ToolNaming, LimitSpec, ScaleSpec, WorkerCatalog, WorkerSpec } from "./fleet.ts";
import type { DroneAddress } from "./link.ts";

export const keys = {
  worker: (name: string) => `worker/${name}`,
  drone: (id: string) => `drone/${id}`,
  catalog: (worker: string) => `catalog/${worker}`,
  health: (worker: string) => `health/${worker}`,
  activity: (worker: string, gateway: string) => `activity/${worker}/${gateway}`,
} as const;

/** Written by the coordinator from the wanted fleet; read by gateways to route. */
export interface WorkerRecord {
  name: string;
  revision: string;
  kind: WorkerSpec["run"]["kind"];
  origin: WorkerSpec["origin"];
  naming: ToolNaming;
  scale: ScaleSpec;
  limits: LimitSpec;
  summary: string;
}

/**
 * A drone's life. `starting` → `ready` → `draining` → `ending` → (record removed).
 * Only the coordinator writes it. A gateway sends new calls to `ready` drones alone.
 */
export type DronePhase = "starting" | "ready" | "draining" | "ending";

export interface DroneRecord {
  id: string;
  worker: string;
  revision: string;
  launcher: string;
  /** The launcher's own name for it: a pid, a container id. Opaque. */
  handle: string;
  phase: DronePhase;
  address: DroneAddress;
  createdAtMs: number;
  readyAtMs?: number;
  /** Why it is in this phase, in plain words. */
  reason: string;
}

/** Written by gateways after contact with a drone (first contact, list_changed); survives restarts. */
export interface CatalogRecord {
  worker: string;
  revision: string;
  catalog: WorkerCatalog;
  fetchedAtMs: number;
  /** `shipped`: came with the toolpack; `drone`: a running drone said so. */
  source: "shipped" | "drone";
}

/** Written by the coordinator; shown to clients, people and metrics. */
export interface HealthRecord {
  worker: string;
  state: WorkerState;
  /** Failures in a row. */
  failures: number;
  lastError?: string;
  /** When the coordinator will try again (epoch milliseconds). */
  retryAtMs?: number;
  sinceMs: number;
}

export type WorkerState = "asleep" | "waking" | "ready" | "backing_off" | "crash_loop";

/**
 * One gateway's use of one worker, written when `waiting` turns from 0, when a drain is seen, and about once a
 * second while anything changes. Expires when its gateway is gone.
 */
export interface ActivityRecord {
  worker: string;
  gateway: string;
  /** Calls held because no drone is ready. */
  waiting: number;
  /** Calls under way, by drone id. A draining drone may end once every gateway says 0 for it. */
  inFlight: Record<string, number>;
  lastCallAtMs: number;
}
