/**
 * The coordinator's public API, described once: the coordinator implements it; gateway, CLI and dashboard call it,
 * and none has another way in. JSON over HTTP under `/api/v1`; errors are `ApiError` with the HTTP status of `statusOf`.
 */
import type { FlotillaErrorCode } from "./errors.ts";
import type { DroneRecord, HealthRecord, WorkerRecord } from "./records.ts";

export const API_PREFIX = "/api/v1";

export const routes = {
  /** GET → FleetStatus */
  fleet: () => `${API_PREFIX}/fleet`,
  /** GET → WorkerStatus */
  worker: (name: string) => `${API_PREFIX}/workers/${encodeURIComponent(name)}`,
  /** POST WakeRequest → WakeAnswer (202). Idempotent: one wake per worker however many ask. */
  wake: (name: string) => `${API_PREFIX}/workers/${encodeURIComponent(name)}/wake`,
  /** POST RetireRequest → RetireAnswer. Retires all drones of the worker. */
  retire: (name: string) => `${API_PREFIX}/workers/${encodeURIComponent(name)}/retire`,
  /** GET → { drones: DroneRecord[] }; POST SpawnRequest → DroneRecord (201) */
  drones: () => `${API_PREFIX}/drones`,
  /** DELETE → DroneRecord (202): drains, then ends it */
  drone: (id: string) => `${API_PREFIX}/drones/${encodeURIComponent(id)}`,
  /** GET ?topic=calls|drones|logs|health (repeatable) &worker=NAME &after=OFFSET &limit=N → { events: FleetEvent[] } */
  events: () => `${API_PREFIX}/events`,
  /** GET, same query → SSE; each message's `data` is a FleetEvent, its `id` the offset to resume after */
  eventStream: () => `${API_PREFIX}/events/stream`,
  /** POST → { workers: number, changed: string[] }. Reads the configuration again. */
  reload: () => `${API_PREFIX}/reload`,
  /** GET → { tasks: BatchStatus[] }, newest first; POST BatchRequest → BatchStatus (201, or 200 when it was known). */
  tasks: () => `${API_PREFIX}/tasks`,
  /** GET → BatchStatus; DELETE → BatchStatus (202): nothing more of it is begun, what is under way is given up. */
  task: (id: string) => `${API_PREFIX}/tasks/${encodeURIComponent(id)}`,
  /** GET ?from=INDEX &limit=N &state=failed (repeatable) → BatchItems: what has ended so far. */
  taskItems: (id: string) => `${API_PREFIX}/tasks/${encodeURIComponent(id)}/items`,
} as const;

export interface WorkerStatus extends WorkerRecord {
  health: HealthRecord;
  drones: DroneRecord[];
  /** Counts from the catalogue; null until first contact. */
  offers: { tools: number; prompts: number; resources: number } | null;
}

export interface FleetStatus {
  version: string;
  startedAtMs: number;
  leader: string;
  workers: WorkerStatus[];
}

export interface WakeRequest {
  /** Who asks, for the log: a gateway id, "cli", "dashboard". */
  by: string;
}
export interface WakeAnswer {
  worker: string;
  state: HealthRecord["state"];
  /** Set when the worker is backing off or in a crash loop and will not be tried before. */
  retryAtMs?: number;
  lastError?: string;
}
export interface SpawnRequest {
  worker: string;
  by: string;
}
export interface RetireRequest {
  by: string;
}
export interface RetireAnswer {
  worker: string;
  retired: string[];
}

export interface ApiErrorBody {
  error: {
    code: FlotillaErrorCode;
    message: string;
    hint?: string;
    retryAfterMs?: number;
    data?: Record<string, unknown>;
  };
}

/** Topics of the event log that people watch. `offset` orders events within the log. */
export type EventTopic = "calls" | "drones" | "logs" | "health";

export type FleetEvent = { offset: string; atMs: number } & (
  | { topic: "calls"; call: CallEvent }
  | { topic: "drones"; drone: DroneRecord; gone?: boolean }
  | { topic: "logs"; log: LogEvent }
  | { topic: "health"; health: HealthRecord }
);

export interface CallEvent {
  callId: string;
  worker: string;
  method: string;
  /** Tool, prompt or resource, as the worker names it. */
  target: string;
  drone?: string;
  client?: string;
  era: "modern" | "legacy";
  durationMs: number;
  /** Milliseconds spent waiting for a drone; absent when one was ready. */
  wakeMs?: number;
  outcome: "ok" | "tool_error" | "error" | "cancelled";
  error?: string;
}

export interface LogEvent {
  level: "debug" | "info" | "warn" | "error";
  /** "gateway", "coordinator", or the worker whose drone wrote it. */
  source: string;
  worker?: string;
  drone?: string;
  message: string;
  fields?: Record<string, unknown>;
}
