/**
 * Stale while revalidate: a list is answered with what is known, and a catalogue whose worker said it holds only so long
 * is read again behind the answer. Nothing is woken for it: a worker at rest changes nothing.
 */
import type { Clock, Random } from "../../protocol/clock.ts";
import type { CatalogRecord } from "../../protocol/records.ts";
import type { DronePool } from "../place/drone-pool.ts";
import type { Tables } from "../tables.ts";
import { shortestTtl } from "./freshness.ts";
import type { CatalogKeeper } from "./keeper.ts";

export interface RevalidationOptions {
  tables: Pick<Tables, "drones" | "catalog">;
  pool: Pick<DronePool, "client">;
  keeper: Pick<CatalogKeeper, "refresh">;
  clock: Clock;
  random: Random;
}

export interface Revalidation {
  /** Begins to read again what is too old. Returns at once. */
  look(catalogs: readonly CatalogRecord[]): void;
}

/** However short-lived a worker says its lists are: clients that ask often must not make us ask as often. */
const MIN_AGE_MS = 2_000;
/** Gateways of one fleet do not all ask at the same moment. */
const JITTER = 0.2;

export function createRevalidation(options: RevalidationOptions): Revalidation {
  const { tables, pool, keeper, clock, random } = options;
  const readAtMs = new Map<string, number>();
  const readAgain = (worker: string): void => {
    const drone = tables.drones(worker).find(({ phase }) => phase === "ready");
    const client = drone && pool.client(drone);
    // One that is still being connected is read at first contact anyway.
    if (drone === undefined || client === undefined || client instanceof Promise) return;
    readAtMs.set(worker, clock.now());
    void keeper.refresh(drone, client);
  };
  return {
    look(catalogs) {
      for (const { worker } of catalogs) {
        // What the fleet itself was shown; a caller's own lists are looked after elsewhere.
        const record = tables.catalog(worker);
        const ttlMs = record && shortestTtl(record);
        if (ttlMs === undefined || record?.source !== "drone") continue;
        const since = clock.now() - (readAtMs.get(record.worker) ?? record.fetchedAtMs);
        if (since > Math.max(ttlMs, MIN_AGE_MS) * (1 + JITTER * random())) readAgain(record.worker);
      }
    },
  };
}
