/** Everything a reconciler may ask for. The engine knows how each is done; reconcilers only know when. */
import type {
  CatalogRecord,
  HealthRecord,
  HistoryRecord,
  WorkerRecord,
} from "../protocol/records.ts";

/** What worker and drone reconcilers ask for; the sweep has its own. Actions on a drone name it. */
export type Action = WorkerAction | DroneAction;

export type WorkerAction =
  | { do: "put_worker"; record: WorkerRecord }
  | { do: "delete_worker"; worker: string }
  /** What is kept about a worker goes when the worker and its last drone are gone. */
  | { do: "forget_worker"; worker: string }
  | { do: "put_catalog"; record: CatalogRecord }
  /** `used`: how many of the failures seen are in this verdict. */
  | { do: "put_health"; record: HealthRecord; used: number }
  | { do: "put_history"; record: HistoryRecord }
  /** A new drone: the intent is recorded first, so that no launched drone can be forgotten. */
  | { do: "claim"; worker: string; reason: string }
  /** No start slot is free: run the worker again as soon as one is. */
  | { do: "await_slot"; worker: string }
  | { do: "clear_wake"; worker: string };

export type DroneAction =
  | { do: "create"; drone: string }
  /** The launcher has made it: note handle and address. */
  | { do: "adopt"; drone: string }
  | { do: "cancel"; drone: string }
  | { do: "probe"; drone: string }
  | { do: "mark_ready"; drone: string }
  /** `ifIdle`: only when no demand has come up meanwhile; looked up again at the moment of writing. */
  | { do: "drain"; drone: string; reason: string; ifIdle: boolean }
  | { do: "end"; drone: string; reason: string }
  | { do: "remove"; drone: string; reason: string }
  /** Counts against the worker's health. */
  | { do: "fail"; drone: string; reason: string; final: boolean };

export type SweepAction =
  | { do: "end_orphan"; launcher: string; handle: string; claim: string }
  | { do: "note_gone"; drone: string; reason: string }
  | { do: "remove"; drone: string; reason: string };
