/**
 * Lists that a worker made for one caller (`cacheScope: private`) are kept for that caller alone. Whoever else asks
 * sees everything that is public and, of such a worker, what it told him himself. In memory: a principal's lists are
 * nobody's business in the store.
 */
import { type Clock, sleep } from "../../protocol/clock.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { CatalogRecord, WorkerRecord } from "../../protocol/records.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { Tables } from "../tables.ts";
import type { UpstreamClient } from "../upstream/contract.ts";
import { fetchCatalog } from "./fetch.ts";
import { shortestTtl } from "./freshness.ts";
import { createViews, type Views } from "./view.ts";

export interface PersonalOptions {
  tables: Tables;
  /** What everybody may see, and what the fleet itself is shown. */
  shared: Views;
  /** Lends the client of a drone, waking the worker if need be. */
  reach<T>(
    worker: WorkerRecord,
    signal: AbortSignal,
    use: (client: UpstreamClient) => Promise<T>,
  ): Promise<T>;
  clock: Clock;
  telemetry: Telemetry;
  /** The longest that a list waits for this. */
  waitMs: number;
}

export interface PersonalViews {
  for(principal: string): Views;
  /** Reads what these workers have for this caller. Never rejects. */
  meet(workers: readonly WorkerRecord[], principal: string, signal: AbortSignal): Promise<void>;
  /** Begins to read again what is too old for this caller. */
  look(principal: string): void;
  /** A worker said that its lists changed. */
  changed(worker: string): void;
  close(): void;
}

/** Without authentication every caller is the operator, who is shown what the fleet itself is shown. */
const OPERATOR = "local";
/** Callers whose lists are kept; the one that came longest ago goes first. */
const MAX_PRINCIPALS = 500;
const MIN_AGE_MS = 2_000;

interface Own {
  records: Map<string, CatalogRecord>;
  reading: Map<string, Promise<void>>;
  views: Views;
  /** Makes the views again. */
  renew(): void;
  close(): void;
}

export function createPersonalViews(options: PersonalOptions): PersonalViews {
  const { tables, shared, clock } = options;
  const kept = new Map<string, Own>();
  let somePrivate: boolean | undefined;
  const unwatch = tables.onChange(({ table }) => {
    if (table === "catalog" || table === "worker") somePrivate = undefined;
  });
  /** Asked for every call: worked out once until a catalogue changes. */
  const isPersonal = (principal: string): boolean =>
    principal !== OPERATOR &&
    (somePrivate ??= tables.workers().some(({ name }) => hasPrivate(tables.catalog(name))));
  const read = (worker: WorkerRecord, principal: string): Promise<void> => {
    const own = ownOf(kept, principal, tables);
    const reading =
      own.reading.get(worker.name) ??
      readOwn(options, { worker, principal, own }).finally(() => own.reading.delete(worker.name));
    own.reading.set(worker.name, reading);
    return reading;
  };
  return {
    for: (principal) => (isPersonal(principal) ? ownOf(kept, principal, tables).views : shared),
    async meet(workers, principal, signal) {
      if (!isPersonal(principal)) return;
      const wanted = workers.filter(({ name }) => hasPrivate(tables.catalog(name)));
      const enough = new AbortController();
      const all = Promise.all(wanted.map((worker) => read(worker, principal)));
      const waited = sleep(clock, options.waitMs, AbortSignal.any([signal, enough.signal]));
      await Promise.race([all, waited]);
      enough.abort();
    },
    look(principal) {
      for (const [name, record] of kept.get(principal)?.records ?? []) {
        const worker = tables.worker(name);
        const ageMs = clock.now() - record.fetchedAtMs;
        if (worker !== undefined && ageMs > Math.max(shortestTtl(record) ?? 0, MIN_AGE_MS))
          void read(worker, principal);
      }
    },
    changed(worker) {
      // Shown until it is read again: what was true a moment ago is better than nothing.
      for (const { records } of kept.values()) {
        const record = records.get(worker);
        if (record !== undefined) records.set(worker, { ...record, fetchedAtMs: 0 });
      }
    },
    close() {
      unwatch();
      for (const own of kept.values()) own.close();
      kept.clear();
    },
  };
}

function ownOf(kept: Map<string, Own>, principal: string, tables: Tables): Own {
  const known = kept.get(principal) ?? createOwn(tables);
  // Moved to the end: the one that came longest ago is first.
  kept.delete(principal);
  kept.set(principal, known);
  const [oldest] = kept;
  if (kept.size > MAX_PRINCIPALS && oldest !== undefined) {
    oldest[1].close();
    kept.delete(oldest[0]);
  }
  return known;
}

function createOwn(tables: Tables): Own {
  const records = new Map<string, CatalogRecord>();
  const listeners = new Set<Parameters<Tables["onChange"]>[0]>();
  const unwatch = tables.onChange((change) => {
    for (const listener of listeners) listener(change);
  });
  const overlay: Tables = {
    worker: (name) => tables.worker(name),
    workers: () => tables.workers(),
    drones: (name) => tables.drones(name),
    health: (name) => tables.health(name),
    toolset: (name) => tables.toolset(name),
    toolsets: () => tables.toolsets(),
    isReady: () => tables.isReady(),
    ready: tables.ready,
    putCatalog: (record) => tables.putCatalog(record),
    catalog: (name) => visible(tables.catalog(name), records.get(name)),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    records,
    reading: new Map(),
    views: createViews(overlay),
    renew() {
      for (const listener of listeners) listener({ table: "catalog", worker: "" });
    },
    close: unwatch,
  };
}

/** Undefined while the worker has private lists and has told this caller none of them. */
function visible(
  common: CatalogRecord | undefined,
  own: CatalogRecord | undefined,
): CatalogRecord | undefined {
  if (common === undefined || !hasPrivate(common)) return common;
  return own?.revision === common.revision ? own : undefined;
}

function hasPrivate(record: CatalogRecord | undefined): boolean {
  return Object.values(record?.catalog.freshness ?? {}).some(
    ({ cacheScope }) => cacheScope === "private",
  );
}

async function readOwn(
  options: PersonalOptions,
  { worker, principal, own }: { worker: WorkerRecord; principal: string; own: Own },
): Promise<void> {
  const { clock, telemetry } = options;
  const { name, revision, limits } = worker;
  const limit = new AbortController();
  const timer = clock.after(limits.callTimeoutMs, () => limit.abort());
  const { signal } = limit;
  try {
    const use = (client: UpstreamClient) => fetchCatalog({ client, signal, principal });
    const { catalog } = await options.reach(worker, signal, use);
    const fetchedAtMs = clock.now();
    own.records.set(name, { worker: name, revision, catalog, fetchedAtMs, source: "drone" });
    own.renew();
  } catch (error) {
    const reason = messageOf(error);
    telemetry.log.warn("reading a caller's own lists failed", { worker: name, reason });
  } finally {
    timer.cancel();
  }
}
