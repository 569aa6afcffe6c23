/**
 * What gateway and coordinator tell each other through the store. Keys are built here and nowhere else.
 * Secrets (environment, headers, arguments) never enter a record.
 */
import type {
  CallSpec,
  LimitSpec,
  ScaleSpec,
  ToolNaming,
  ToolsetSpec,
  WorkerCatalog,
  WorkerSpec,
} from "./fleet.ts";
import type { DroneAddress } from "./link.ts";

export const keys = {
  worker: (name: string) => `worker/${name}`,
  drone: (id: string) => `drone/${id}`,
  catalog: (worker: string) => `catalog/${worker}`,
  health: (worker: string) => `health/${worker}`,
  activity: (worker: string, gateway: string) => `activity/${worker}/${gateway}`,
  wake: (worker: string) => `wake/${worker}`,
  history: (worker: string) => `history/${worker}`,
  toolset: (name: string) => `toolset/${name}`,
  /** There for as long as a gateway lives that holds calls or tasks others may ask about. */
  alive: (gateway: string) => `alive/${gateway}`,
  /** A call with an idempotency key, by digest. */
  once: (digest: string) => `once/${digest}`,
  task: (id: string) => `task/${id}`,
  node: (name: string) => `node/${name}`,
} as const;

/**
 * A machine of a fleet on a shared store, written by the process that speaks for it, about once a second. Expires when
 * that process falls silent.
 */
export interface NodeRecord {
  name: string;
  labels: Readonly<Record<string, string>>;
  /** Drones it takes at a time. Absent: as many as the workers want. */
  maxDrones?: number;
  /** It is about to go. */
  leaving: boolean;
  launchers: readonly {
    name: string;
    runs: readonly WorkerSpec["run"]["kind"][];
    links: boolean;
  }[];
}

/** Written by the coordinator from the wanted fleet; read by gateways to route. */
export interface WorkerRecord {
  name: string;
  revision: string;
  kind: WorkerSpec["run"]["kind"];
  origin: WorkerSpec["origin"];
  naming: ToolNaming;
  scale: ScaleSpec;
  limits: LimitSpec;
  calls?: CallSpec;
  summary: string;
}

/** Written by the coordinator from the wanted fleet; read by gateways to serve `/mcp/<name>`. */
export type ToolsetRecord = ToolsetSpec;

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
  /** When it was asked to stop; the deadline of its calls counts from here. */
  drainSinceMs?: number;
  /** Set aside for it at its launcher. */
  memoryBytes?: number;
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
  /** When the latest failures were, oldest first, bounded: the crash-loop verdict is made from them. */
  recentFailuresMs?: number[];
  /** Why fewer drones are started than wanted, in plain words: no room, or too many starts of late. */
  heldBack?: string;
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
  /**
   * Calls under way, by drone id; a drone without calls is absent. An entry of 0 is a promise: this gateway has seen
   * the drone `draining`, has no call on it and will send none. A draining drone may end once every gateway says so.
   */
  inFlight: Record<string, number>;
  lastCallAtMs: number;
}

/**
 * A wish for a drone that came through the API, written by whichever coordinator was asked and taken by the leader
 * once it is served or refused. Durable, so that no wake is lost when a coordinator dies.
 */
export interface WakeRecord {
  worker: string;
  by: string;
  atMs: number;
}

/**
 * When a worker with `scale.predict` is called: the most calls under way at a time, per five minutes of a day and of a
 * week, later rounds weighing more. Written by the coordinator for itself, every five minutes.
 */
export interface HistoryRecord {
  worker: string;
  sinceMs: number;
  /** The five minutes under way, counted from the epoch, and their most so far. */
  slot: number;
  peak: number;
  /** 288 and 2016 numbers; the first are those of 00:00 UTC and of Thursday 00:00 UTC. */
  daily: number[];
  weekly: number[];
}
