/** Keeps the catalogue records true: fetched at first contact with each drone and again when a worker says it changed. */
import type { Clock, Timer } from "../../protocol/clock.ts";
import { messageOf } from "../../protocol/errors.ts";
import { type CatalogRecord, type DroneRecord, keys } from "../../protocol/records.ts";
import type { RecordStore } from "../../store/contract.ts";
import type { WorkerCatalog } from "../../protocol/fleet.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { Tables } from "../tables.ts";
import type { UpstreamClient } from "../upstream/contract.ts";
import { fetchCatalog } from "./fetch.ts";

export interface KeeperOptions {
  records: Pick<RecordStore, "put">;
  tables: Tables;
  clock: Clock;
  telemetry: Telemetry;
}

export interface CatalogKeeper {
  /** Reads the worker's lists through this drone. One read per worker at a time. Never rejects. */
  refresh(drone: DroneRecord, client: UpstreamClient): Promise<void>;
  /** As `refresh`, unless this drone's revision has been read or is being read: first contact reads once. */
  meet(drone: DroneRecord, client: UpstreamClient): Promise<void>;
  /** As `refresh`, after a pause that gathers bursts of changes into one read. */
  refreshSoon(drone: DroneRecord, client: UpstreamClient): void;
  close(): void;
}

/** Workers that register many tools one by one announce each. */
const DEBOUNCE_MS = 200;
const FETCH_TIMEOUT_MS = 30_000;

export function createCatalogKeeper(options: KeeperOptions): CatalogKeeper {
  return new Keeper(options);
}

interface Reading {
  now: Promise<void>;
  /** Asked for meanwhile: the read under way may have passed the part that changed. */
  next?: Promise<void>;
}

class Keeper implements CatalogKeeper {
  readonly #options: KeeperOptions;
  readonly #readings = new Map<string, Reading>();
  readonly #timers = new Map<string, Timer>();
  readonly #life = new AbortController();

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  refresh(drone: DroneRecord, client: UpstreamClient): Promise<void> {
    const reading = this.#readings.get(drone.worker);
    if (reading !== undefined) {
      reading.next ??= reading.now.then(() => this.refresh(drone, client));
      return reading.next;
    }
    const now = this.#read(drone, client).finally(() => this.#readings.delete(drone.worker));
    this.#readings.set(drone.worker, { now });
    return now;
  }

  meet(drone: DroneRecord, client: UpstreamClient): Promise<void> {
    const known = this.#options.tables.catalog(drone.worker);
    if (known?.source === "drone" && known.revision === drone.revision) return Promise.resolve();
    return this.#readings.get(drone.worker)?.now ?? this.refresh(drone, client);
  }

  refreshSoon(drone: DroneRecord, client: UpstreamClient): void {
    this.#timers.get(drone.worker)?.cancel();
    const timer = this.#options.clock.after(DEBOUNCE_MS, () => {
      this.#timers.delete(drone.worker);
      void this.refresh(drone, client);
    });
    this.#timers.set(drone.worker, timer);
  }

  close(): void {
    this.#life.abort();
    for (const timer of this.#timers.values()) timer.cancel();
  }

  async #read(drone: DroneRecord, client: UpstreamClient): Promise<void> {
    const { worker, revision } = drone;
    const { clock, telemetry } = this.#options;
    const life = this.#life.signal;
    if (life.aborted) return;
    const timeout = new AbortController();
    const timer = clock.after(FETCH_TIMEOUT_MS, () => timeout.abort());
    try {
      const signal = AbortSignal.any([life, timeout.signal]);
      const { catalog, leftOut } = await fetchCatalog({ client, signal });
      if (leftOut.length > 0) {
        telemetry.log.warn("tools left out: their x-mcp-header marks break the rules", {
          worker,
          tools: leftOut.slice(0, 20).join(", "),
          count: leftOut.length,
        });
      }
      await this.#keep({ worker, revision, catalog, fetchedAtMs: clock.now(), source: "drone" });
    } catch (error) {
      if (life.aborted) return;
      telemetry.log.warn("reading a worker's catalogue failed", {
        worker,
        reason: messageOf(error),
      });
    } finally {
      timer.cancel();
    }
  }

  async #keep(record: CatalogRecord): Promise<void> {
    const { tables, records } = this.#options;
    const before = tables.catalog(record.worker);
    const isSame =
      before?.source === "drone" &&
      before.revision === record.revision &&
      sameLists(before.catalog, record.catalog);
    if (isSame) return;
    tables.putCatalog(record);
    await records.put(keys.catalog(record.worker), record);
  }
}

/** Times that count down are not news: only lists, and who may keep them, are. */
function sameLists(one: WorkerCatalog, other: WorkerCatalog): boolean {
  return comparable(one) === comparable(other);
}

function comparable({ freshness, ...lists }: WorkerCatalog): string {
  const scopes = Object.entries(freshness ?? {}).map(([kind, { cacheScope }]) => [
    kind,
    cacheScope,
  ]);
  return JSON.stringify([lists, scopes]);
}
