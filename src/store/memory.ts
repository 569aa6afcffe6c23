/** The reference driver: no dependency, nothing kept. For tests, simulations, and fleets that may forget. */
import type { Clock } from "../protocol/clock.ts";
import type { Store } from "./contract.ts";
import { createMemoryEvents } from "./memory/events.ts";
import { createMemoryLeases } from "./memory/leases.ts";
import { createMemoryQueue } from "./memory/queue.ts";
import { createMemoryRecords } from "./memory/records.ts";

export function createMemoryStore(options: { clock: Clock }): Store {
  const { clock } = options;
  const { leases, isNewest } = createMemoryLeases(clock);
  const records = createMemoryRecords({ clock, isNewest });
  const events = createMemoryEvents(clock);
  return {
    records: records.records,
    leases,
    queue: createMemoryQueue(clock),
    events: events.events,
    capabilities: { driver: "memory", durable: false, shared: false },
    async close() {
      records.close();
      events.close();
    },
  };
}
