/** Puts the catalogue's parts together, so that the router need not know how they lean on each other. */
import type { Clock, Random } from "../../protocol/clock.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { RouterLimits } from "../limits.ts";
import type { DronePool } from "../place/drone-pool.ts";
import type { Waiting } from "../place/waiting.ts";
import type { Tables } from "../tables.ts";
import { createCatalogDesk, type CatalogDesk } from "./desk.ts";
import { createFirstContact } from "./first-contact.ts";
import type { CatalogKeeper } from "./keeper.ts";
import { createPersonalViews, type PersonalViews } from "./personal.ts";
import { createRevalidation } from "./revalidate.ts";
import type { Views } from "./view.ts";

export interface CatalogPartsOptions {
  tables: Tables;
  views: Views;
  pool: DronePool;
  waiting: Waiting;
  keeper: CatalogKeeper;
  clock: Clock;
  random: Random;
  telemetry: Telemetry;
  limits: RouterLimits;
  serverInfo: { name: string; version: string; title?: string };
}

export interface CatalogParts {
  desk: CatalogDesk;
  personal: PersonalViews;
  close(): void;
}

export function createCatalogParts(options: CatalogPartsOptions): CatalogParts {
  const { views, pool, waiting, limits } = options;
  const waitMs = limits.firstListWaitMs;
  const firstContact = createFirstContact({ ...options, waitMs });
  const personal = createPersonalViews({
    ...options,
    waitMs,
    shared: views,
    async reach(worker, signal, use) {
      const lease = pool.acquire(worker.name) ?? (await waiting.wait(worker, { signal }));
      try {
        return await use(await pool.client(lease.drone));
      } finally {
        lease.release();
      }
    },
  });
  const revalidation = createRevalidation(options);
  return {
    desk: createCatalogDesk({ ...options, personal, firstContact, revalidation }),
    personal,
    close() {
      firstContact.close();
      personal.close();
    },
  };
}
