/**
 * Tells the control plane how this gateway uses each worker. Written at once when demand appears and when a drain is
 * seen or completed, else about once a second while something changes, and now and then so that it does not expire.
 */
import type { Clock, Timer } from "../protocol/clock.ts";
import { messageOf } from "../protocol/errors.ts";
import { type ActivityRecord, keys } from "../protocol/records.ts";
import type { RecordStore } from "../store/contract.ts";
import type { Telemetry } from "../telemetry/index.ts";
import type { Tables } from "./tables.ts";

export interface ActivityOptions {
  records: Pick<RecordStore, "put" | "delete">;
  tables: Tables;
  clock: Clock;
  telemetry: Telemetry;
  gatewayId: string;
  waiting: (worker: string) => number;
  inFlight: (droneId: string) => number;
}

export interface Activity {
  /** Something changed; it is told within a second. */
  touch(worker: string): void;
  /** As `touch`, and counts as a call. */
  called(worker: string): void;
  /** Tells now. Resolves when written, or when writing failed (which is logged and tried again). */
  tellNow(worker: string): Promise<void>;
  /** Takes this gateway's records away. */
  close(): Promise<void>;
}

const WRITE_EVERY_MS = 1_000;
/** Records of a gateway that died count for so long; a third of it is left to slow stores. */
const EXPIRES_MS = 60_000;
const HEARTBEAT_MS = 20_000;

interface Entry {
  lastCallAtMs: number;
  timer?: Timer;
  /** The write under way; the next one follows it, so that an older state cannot overtake a newer. */
  writing?: Promise<void>;
  /** Asked for while `writing`. */
  again?: Promise<void>;
}

export function createActivity(options: ActivityOptions): Activity {
  return new ActivityRecords(options);
}

class ActivityRecords implements Activity {
  readonly #options: ActivityOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #unwatch: () => void;
  #heartbeat: Timer | undefined;
  #closed = false;

  constructor(options: ActivityOptions) {
    this.#options = options;
    this.#unwatch = options.tables.onChange((change) => {
      // A drain may end once every gateway says 0: say it as soon as it is true.
      if (change.table === "drone" && change.drone.phase === "draining" && !change.gone) {
        void this.tellNow(change.worker);
      }
    });
    this.#beatLater();
  }

  touch(worker: string): void {
    const entry = this.#entry(worker);
    entry.timer ??= this.#options.clock.after(WRITE_EVERY_MS, () => {
      delete entry.timer;
      void this.tellNow(worker);
    });
  }

  called(worker: string): void {
    this.#entry(worker).lastCallAtMs = this.#options.clock.now();
    this.touch(worker);
  }

  tellNow(worker: string): Promise<void> {
    const entry = this.#entry(worker);
    if (this.#closed) return Promise.resolve();
    if (entry.writing !== undefined) {
      entry.again ??= entry.writing.then(() => {
        delete entry.again;
        return this.tellNow(worker);
      });
      return entry.again;
    }
    entry.writing = this.#write(worker, entry).finally(() => {
      delete entry.writing;
    });
    return entry.writing;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch();
    this.#heartbeat?.cancel();
    const gone = [...this.#entries].map(async ([worker, entry]) => {
      entry.timer?.cancel();
      await entry.writing;
      await this.#options.records.delete(keys.activity(worker, this.#options.gatewayId));
    });
    await Promise.allSettled(gone);
  }

  #entry(worker: string): Entry {
    let entry = this.#entries.get(worker);
    if (entry === undefined) {
      entry = { lastCallAtMs: 0 };
      this.#entries.set(worker, entry);
    }
    return entry;
  }

  async #write(worker: string, entry: Entry): Promise<void> {
    const { records, clock, gatewayId, telemetry, waiting } = this.#options;
    const record: ActivityRecord = {
      worker,
      gateway: gatewayId,
      waiting: waiting(worker),
      inFlight: this.#inFlightOf(worker),
      lastCallAtMs: entry.lastCallAtMs,
    };
    try {
      const expiresAtMs = clock.now() + EXPIRES_MS;
      await records.put(keys.activity(worker, gatewayId), record, { expiresAtMs });
    } catch (error) {
      telemetry.log.warn("writing activity failed", { worker, reason: messageOf(error) });
      if (!this.#closed) this.touch(worker);
    }
  }

  /** Zeros only for draining drones: there a 0 says "seen, and free of my calls". */
  #inFlightOf(worker: string): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { id, phase } of this.#options.tables.drones(worker)) {
      const count = this.#options.inFlight(id);
      if (count > 0 || phase === "draining") counts[id] = count;
    }
    return counts;
  }

  #beatLater(): void {
    this.#heartbeat = this.#options.clock.after(HEARTBEAT_MS, () => {
      this.#beat();
      this.#beatLater();
    });
  }

  #beat(): void {
    const { tables, waiting } = this.#options;
    for (const worker of this.#entries.keys()) {
      const isIdle = tables.drones(worker).length === 0 && waiting(worker) === 0;
      // A worker that left the fleet needs no memory here; its record expires by itself.
      if (!isIdle) void this.tellNow(worker);
      else if (tables.worker(worker) === undefined) this.#entries.delete(worker);
    }
  }
}
