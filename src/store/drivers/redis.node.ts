/** The driver for fleets of several machines: Redis 7 or Valkey, one server or what a fail-over made the primary. */
import type { Clock } from "../../protocol/clock.ts";
import type { Store } from "../contract.ts";
import { createRedisEvents } from "./redis/events.ts";
import { createRedisLeases } from "./redis/leases.ts";
import { connectRedis } from "./redis/link.node.ts";
import { createRedisQueue } from "./redis/queue.ts";
import { createRedisRecords } from "./redis/records.ts";

export interface RedisStoreOptions {
  /** `redis://` or `rediss://` (TLS), with user and password when the server wants them. */
  url: string;
  /** Fleets that share a server are told apart by it. Default `flotilla`. */
  prefix?: string;
  clock: Clock;
  /** An answer that takes longer is an error. Default 5,000. */
  timeoutMs?: number;
}

/** Rejects with `store_unreadable` when there is no Redis, `not_supported` when its client is not installed. */
export async function connectRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { prefix = "flotilla", clock } = options;
  const link = await connectRedis({ ...options, prefix });
  const records = createRedisRecords(link, clock);
  const events = createRedisEvents(link, clock);
  return {
    records: records.records,
    leases: createRedisLeases(link),
    queue: createRedisQueue(link),
    events: events.events,
    capabilities: { driver: "redis", durable: true, shared: true },
    async close() {
      records.close();
      events.close();
      await link.close();
    },
  };
}
