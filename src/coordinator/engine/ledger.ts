/** The coordinator's pen: every write carries the leader's fence, is seen by the view at once, and is told as an event. */
import { FlotillaError } from "../../protocol/errors.ts";
import {
  keys,
  type CatalogRecord,
  type DroneRecord,
  type HealthRecord,
  type HistoryRecord,
  type WorkerRecord,
} from "../../protocol/records.ts";
import type { PutOptions, RecordStore } from "../../store/contract.ts";
import type { EventRecorder } from "../events/recorder.ts";
import { sameJson } from "../json.ts";
import type { Leadership } from "./leadership.ts";
import type { Shelf } from "./shelf.ts";
import type { FleetView } from "./view.ts";

export interface Ledger {
  putWorker(record: WorkerRecord): Promise<void>;
  deleteWorker(name: string): Promise<void>;
  putHealth(record: HealthRecord): Promise<void>;
  putHistory(record: HistoryRecord): Promise<void>;
  /** Shipped definitions never replace what a drone of the same revision said. */
  putShippedCatalog(record: CatalogRecord): Promise<void>;
  /** A claim: fails when the id is taken. */
  addDrone(record: DroneRecord): Promise<void>;
  /** Changes the drone as the view knows it; fails when it has changed meanwhile. */
  changeDrone(id: string, change: Partial<DroneRecord>): Promise<DroneRecord>;
  removeDrone(id: string, reason: string): Promise<void>;
  clearWake(worker: string): Promise<void>;
  /** Everything kept about a worker that is no more. */
  forget(worker: string): Promise<void>;
}

export interface LedgerOptions {
  records: RecordStore;
  view: FleetView;
  leadership: Leadership;
  events: EventRecorder;
}

export function createLedger(options: LedgerOptions): Ledger {
  const { view, events } = options;
  const pen = createPen(options);
  return {
    putWorker: (record) => pen.put(view.workers, keys.worker(record.name), record),
    deleteWorker: (name) => pen.remove(view.workers, keys.worker(name)),
    async putHealth(record) {
      const before = view.health.get(keys.health(record.worker))?.value;
      await pen.put(view.health, keys.health(record.worker), record);
      if (!sameJson(before, record)) events.append("health", { topic: "health", health: record });
    },
    putHistory: (record) => pen.put(view.history, keys.history(record.worker), record),
    async putShippedCatalog(record) {
      const key = keys.catalog(record.worker);
      const ifVersion = (await options.records.get(key))?.version ?? "absent";
      // The view is filled by its watch: what it keeps is not what is stored.
      await pen.write(key, record, { ifVersion });
    },
    async addDrone(record) {
      await pen.put(view.drones, keys.drone(record.id), record, "absent");
      events.append("drones", { topic: "drones", drone: record });
    },
    async changeDrone(id, change) {
      const entry = view.drones.get(keys.drone(id));
      if (entry === undefined) throw conflict(keys.drone(id));
      const record = { ...entry.value, ...change };
      await pen.put(view.drones, keys.drone(id), record, entry.version);
      events.append("drones", { topic: "drones", drone: record });
      return record;
    },
    async removeDrone(id, reason) {
      const entry = view.drones.get(keys.drone(id));
      if (entry === undefined) return;
      await pen.remove(view.drones, keys.drone(id));
      events.append("drones", { topic: "drones", drone: { ...entry.value, reason }, gone: true });
    },
    async clearWake(worker) {
      const key = keys.wake(worker);
      const entry = view.wakes.get(key);
      // Only the wake that was dealt with: a newer one stays.
      if (entry !== undefined) await pen.remove(view.wakes, key, entry.version);
    },
    async forget(worker) {
      await pen.remove(view.catalogs, keys.catalog(worker));
      await pen.remove(view.wakes, keys.wake(worker));
      await pen.remove(view.history, keys.history(worker));
      await pen.remove(view.health, keys.health(worker));
    },
  };
}

interface Pen {
  write(key: string, value: unknown, options: PutOptions): Promise<number>;
  put<T>(shelf: Shelf<T>, key: string, value: T, ifVersion?: number | "absent"): Promise<void>;
  remove<T>(shelf: Shelf<T>, key: string, ifVersion?: number): Promise<void>;
}

function createPen({ records, leadership }: LedgerOptions): Pen {
  const write: Pen["write"] = async (key, value, options) => {
    const outcome = await records.put(key, value, { ...options, fence: leadership.fence() });
    if (outcome.ok) return outcome.version;
    if (outcome.reason === "fenced") {
      leadership.dethroned();
      throw new FlotillaError("lease_lost", "Another coordinator leads the fleet now.");
    }
    throw conflict(key);
  };
  return {
    write,
    // oxlint-disable-next-line max-params -- private, and each call reads as a sentence
    async put(shelf, key, value, ifVersion) {
      try {
        const version = await write(key, value, ifVersion === undefined ? {} : { ifVersion });
        shelf.put(key, value, version);
      } catch (error) {
        await refresh(records, shelf, key);
        throw error;
      }
    },
    async remove(shelf, key, ifVersion) {
      const fence = leadership.fence();
      const removed = await records.delete(
        key,
        ifVersion === undefined ? { fence } : { fence, ifVersion },
      );
      if (removed) shelf.drop(key);
      else await refresh(records, shelf, key);
    },
  };
}

/** The view was behind: it gets what the store has, so that the next pass starts from the truth. */
async function refresh<T>(records: RecordStore, shelf: Shelf<T>, key: string): Promise<void> {
  try {
    const record = await records.get(key);
    shelf.apply([record === undefined ? { kind: "delete", key } : { kind: "put", record }], false);
  } catch {
    // No answer is not an absence. The watch tells what the write did, if it did anything.
  }
}

function conflict(key: string): FlotillaError {
  return new FlotillaError("store_conflict", "The record changed meanwhile.", {
    retryable: true,
    data: { key },
  });
}
