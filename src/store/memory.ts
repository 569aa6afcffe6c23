/** The reference driver: no dependency, nothing kept. For tests, simulations, and fleets that may forget. */
import type { Clock } from "../protocol/clock.ts";
import type { Store } from "./contract.ts";
import { storeClosed } from "./limits.ts";
import { createMemoryEvents } from "./memory/events.ts";
import { createMemoryLeases } from "./memory/leases.ts";
import { createMemoryQueue } from "./memory/queue.ts";
import { createMemoryRecords } from "./memory/records.ts";

export function createMemoryStore({ clock }: { clock: Clock }): Store {
  let isClosed = false;
  const checkOpen = (): void => {
    if (isClosed) throw storeClosed();
  };
  const { leases, isNewest } = createMemoryLeases({ clock, checkOpen });
  const records = createMemoryRecords({ clock, checkOpen, isNewest });
  const events = createMemoryEvents({ clock, checkOpen });
  return {
    records: records.records,
    leases,
    queue: createMemoryQueue({ clock, checkOpen }),
    events: events.events,
    capabilities: { driver: "memory", durable: false, shared: false },
    async close() {
      isClosed = true;
      records.close();
      events.close();
    },
  };
}
