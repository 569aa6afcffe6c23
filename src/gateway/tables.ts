/**
 * What this gateway knows of the fleet: a local copy of the records, kept by watching. A call reads only this, so the
 * store may be slow or away and calls to running drones go on.
 */
import { type Clock, sleep } from "../protocol/clock.ts";
import { messageOf } from "../protocol/errors.ts";
import { isRecord } from "../protocol/jsonrpc.ts";
import type {
  CatalogRecord,
  DroneRecord,
  HealthRecord,
  ToolsetRecord,
  WorkerRecord,
} from "../protocol/records.ts";
import type { RecordBatch, RecordStore } from "../store/contract.ts";
import type { Telemetry } from "../telemetry/index.ts";

/** Which worker (or toolset) changed, and in what respect. */
type TableChange =
  | { table: "worker" | "health" | "catalog" | "toolset"; worker: string }
  | { table: "drone"; worker: string; drone: DroneRecord; gone: boolean };

export interface Tables {
  worker(name: string): WorkerRecord | undefined;
  /** By name. */
  workers(): readonly WorkerRecord[];
  /** In any phase, oldest first. */
  drones(worker: string): readonly DroneRecord[];
  health(worker: string): HealthRecord | undefined;
  catalog(worker: string): CatalogRecord | undefined;
  toolset(name: string): ToolsetRecord | undefined;
  /** By name. */
  toolsets(): readonly ToolsetRecord[];
  /** A catalogue we fetched ourselves counts at once, before the store tells everyone. */
  putCatalog(record: CatalogRecord): void;
  /** Called synchronously after each change. Returns how to stop. */
  onChange(listener: (change: TableChange) => void): () => void;
  /** True once every table has been filled for the first time. */
  isReady(): boolean;
  ready: Promise<void>;
}

export interface TablesOptions {
  records: Pick<RecordStore, "watch">;
  clock: Clock;
  telemetry: Telemetry;
  signal: AbortSignal;
}

const PREFIXES = ["worker/", "drone/", "health/", "catalog/", "toolset/"] as const;
type Prefix = (typeof PREFIXES)[number];

interface Rows {
  "worker/": WorkerRecord;
  "drone/": DroneRecord;
  "health/": HealthRecord;
  "catalog/": CatalogRecord;
  "toolset/": ToolsetRecord;
}

const TABLE = {
  "worker/": "worker",
  "health/": "health",
  "catalog/": "catalog",
  "toolset/": "toolset",
} as const;

const RETRY_MS = 250;
const MAX_RETRY_MS = 10_000;

export function watchTables(options: TablesOptions): Tables {
  const tables = new LocalTables();
  for (const prefix of PREFIXES) void follow(prefix, tables, options);
  return tables;
}

/** A watch that ends is begun again with its snapshot, for as long as the gateway lives. */
async function follow(prefix: Prefix, tables: LocalTables, options: TablesOptions): Promise<void> {
  const { records, clock, telemetry, signal } = options;
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const batch of records.watch(prefix, signal)) {
        failures = 0;
        tables.apply(prefix, batch);
      }
    } catch (error) {
      telemetry.log.warn("watching records failed", { prefix, reason: messageOf(error) });
    }
    if (signal.aborted) return;
    await sleep(clock, Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** failures), signal);
    failures += 1;
  }
}

class LocalTables implements Tables {
  readonly ready: Promise<void>;
  readonly #markReady: () => void;
  readonly #filled = new Set<Prefix>();
  readonly #rows: { [P in Prefix]: Map<string, Rows[P]> } = {
    "worker/": new Map(),
    "drone/": new Map(),
    "health/": new Map(),
    "catalog/": new Map(),
    "toolset/": new Map(),
  };
  readonly #dronesOf = new Map<string, DroneRecord[]>();
  readonly #listeners = new Set<(change: TableChange) => void>();
  #sorted: readonly WorkerRecord[] | undefined;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#markReady = resolve;
  }

  worker(name: string): WorkerRecord | undefined {
    return this.#rows["worker/"].get(name);
  }

  workers(): readonly WorkerRecord[] {
    this.#sorted ??= [...this.#rows["worker/"].values()].toSorted((a, b) =>
      compareText(a.name, b.name),
    );
    return this.#sorted;
  }

  drones(worker: string): readonly DroneRecord[] {
    return this.#dronesOf.get(worker) ?? [];
  }

  health(worker: string): HealthRecord | undefined {
    return this.#rows["health/"].get(worker);
  }

  catalog(worker: string): CatalogRecord | undefined {
    return this.#rows["catalog/"].get(worker);
  }

  toolset(name: string): ToolsetRecord | undefined {
    return this.#rows["toolset/"].get(name);
  }

  toolsets(): readonly ToolsetRecord[] {
    return [...this.#rows["toolset/"].values()].toSorted((a, b) => compareText(a.name, b.name));
  }

  putCatalog(record: CatalogRecord): void {
    this.#rows["catalog/"].set(record.worker, record);
    this.#tell({ table: "catalog", worker: record.worker });
  }

  onChange(listener: (change: TableChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  isReady(): boolean {
    return this.#filled.size === PREFIXES.length;
  }

  apply(prefix: Prefix, batch: RecordBatch): void {
    if (batch.snapshot) this.#dropAbsent(prefix, batch);
    for (const change of batch.changes) {
      if (change.kind === "put") this.#set(prefix, change.record.key, change.record.value);
      else this.#delete(prefix, change.key);
    }
    if (!batch.snapshot) return;
    this.#filled.add(prefix);
    if (this.isReady()) this.#markReady();
  }

  #dropAbsent(prefix: Prefix, batch: RecordBatch): void {
    const live = new Set(batch.changes.map((c) => (c.kind === "put" ? c.record.key : c.key)));
    for (const name of this.#rows[prefix].keys()) {
      if (!live.has(prefix + name)) this.#delete(prefix, prefix + name);
    }
  }

  #set(prefix: Prefix, key: string, value: unknown): void {
    if (!isRecord(value)) return;
    const name = key.slice(prefix.length);
    // Records are written by our own parts alone; their shape is the contract in `protocol/records.ts`.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    this.#rows[prefix].set(name, value as never);
    this.#changed(prefix, name);
  }

  #delete(prefix: Prefix, key: string): void {
    const name = key.slice(prefix.length);
    const drone = prefix === "drone/" ? this.#rows[prefix].get(name) : undefined;
    if (!this.#rows[prefix].delete(name)) return;
    if (drone === undefined) this.#changed(prefix, name);
    else this.#droneChanged(drone, true);
  }

  #changed(prefix: Prefix, name: string): void {
    if (prefix === "drone/") {
      const drone = this.#rows[prefix].get(name);
      if (drone !== undefined) this.#droneChanged(drone, false);
      return;
    }
    if (prefix === "worker/") this.#sorted = undefined;
    this.#tell({ table: TABLE[prefix], worker: name });
  }

  #droneChanged(drone: DroneRecord, gone: boolean): void {
    const others = this.drones(drone.worker).filter(({ id }) => id !== drone.id);
    const next = gone ? others : [...others, drone].toSorted(byAge);
    if (next.length === 0) this.#dronesOf.delete(drone.worker);
    else this.#dronesOf.set(drone.worker, next);
    this.#tell({ table: "drone", worker: drone.worker, drone, gone });
  }

  #tell(change: TableChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function byAge(a: DroneRecord, b: DroneRecord): number {
  return a.createdAtMs - b.createdAtMs || compareText(a.id, b.id);
}

/** By code unit, so that every gateway sorts alike whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
