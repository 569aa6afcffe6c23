/** All four contracts over a link to the process that holds the store. Values are checked before they travel. */
import type { Clock } from "../../../protocol/clock.ts";
import { FlotillaError } from "../../../protocol/errors.ts";
import type { MessageLink } from "../../../protocol/link.ts";
import type {
  EventLog,
  LeaseStore,
  RecordStore,
  Store,
  StoredEvent,
  WorkQueue,
} from "../../contract.ts";
import { createFeed } from "../../feeds/feed.ts";
import type { Bell } from "../../feeds/bell.ts";
import {
  checkDuration,
  checkKey,
  checkTime,
  encodeEvents,
  encodeItem,
  encodeValue,
  formatOffset,
  parseOffset,
} from "../../limits.ts";
import { followEvents, followRecords } from "./follow.ts";
import { createLine, type Line } from "./line.ts";

export interface RemoteStoreOptions {
  /** Opens a new way to the process that serves the store. Called again after a break. */
  connect: () => Promise<MessageLink>;
  clock: Clock;
}

/** Asks for one method; `T` is what the contract says it answers. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
type Ask = <T>(method: string, params: unknown[], raw?: string) => Promise<T>;

export function createRemoteStore(options: RemoteStoreOptions): Store {
  const line = createLine(options.connect, options.clock);
  const ask: Ask = async <T>(method: string, params: unknown[], raw?: string) => {
    const { value } = await line.request({ method, params, ...(raw === undefined ? {} : { raw }) });
    // Both ends are one version of this program.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return value as T;
  };
  return {
    records: {
      ...recordsOver(ask),
      watch: (prefix, signal) =>
        createFeed(signal, (bell) => followRecords({ line, prefix, signal: endOf(bell) })),
    },
    leases: leasesOver(ask),
    queue: queueOver(ask),
    events: {
      ...eventsOver(ask),
      subscribe: (topic, signal, after) =>
        createFeed(signal, (bell) =>
          subscription(ask, {
            line,
            topic,
            signal: endOf(bell),
            ...(after === undefined ? {} : { after }),
          }),
        ),
    },
    capabilities: { driver: "remote", durable: false, shared: true },
    async close() {
      line.close();
    },
  };
}

/** Nobody rings this bell: when it sounds, the iteration is over. */
function endOf(bell: Bell): AbortSignal {
  const over = new AbortController();
  void bell.rung().then(() => over.abort());
  return over.signal;
}

function recordsOver(ask: Ask): Omit<RecordStore, "watch"> {
  return {
    async get(key) {
      checkKey(key);
      return (
        (await ask<Awaited<ReturnType<RecordStore["get"]>> | null>("store.get", [key])) ?? undefined
      );
    },
    list: (prefix) => ask("store.list", [prefix]),
    async put(key, value, options = {}) {
      checkKey(key);
      checkTime(options.expiresAtMs);
      return ask("store.put", [key, options], encodeValue(value));
    },
    async delete(key, options = {}) {
      checkKey(key);
      return ask("store.delete", [key, options]);
    },
  };
}

function leasesOver(ask: Ask): LeaseStore {
  type Held = Awaited<ReturnType<LeaseStore["get"]>>;
  return {
    async acquire(name, holder, ttlMs) {
      checkKey(name);
      checkDuration(ttlMs);
      return (await ask<Held | null>("store.acquire", [name, holder, ttlMs])) ?? undefined;
    },
    async renew(lease, ttlMs) {
      checkDuration(ttlMs);
      return (await ask<Held | null>("store.renew", [lease, ttlMs])) ?? undefined;
    },
    async release(lease) {
      await ask("store.release", [lease]);
    },
    get: async (name) => (await ask<Held | null>("store.holder", [name])) ?? undefined,
  };
}

function queueOver(ask: Ask): WorkQueue {
  return {
    async push(queue, items) {
      checkKey(queue);
      for (const item of items) encodeItem(item);
      return ask("store.push", [queue], JSON.stringify(items));
    },
    async claim(queue, max, visibilityMs) {
      checkDuration(visibilityMs);
      return ask("store.claim", [queue, finite(max), visibilityMs]);
    },
    async extend(queue, receipt, visibilityMs) {
      checkDuration(visibilityMs);
      return ask("store.extend", [queue, receipt, visibilityMs]);
    },
    complete: (queue, receipt) => ask("store.complete", [queue, receipt]),
    async fail(queue, receipt, failure) {
      checkTime(failure.retryAtMs);
      return ask("store.fail", [queue, receipt, failure]);
    },
    stats: (queue) => ask("store.stats", [queue]),
  };
}

function eventsOver(ask: Ask): Omit<EventLog, "subscribe"> {
  return {
    async append(topic, values) {
      checkKey(topic);
      return ask("store.append", [topic], `[${encodeEvents(values).join(",")}]`);
    },
    read: (topic, { after, limit }) => ask("store.read", [topic, after ?? null, finite(limit)]),
    tail: (topic, limit) => ask("store.tail", [topic, finite(limit)]),
    trim: (topic, keep) => ask("store.trim", [topic, finite(keep)]),
  };
}

/** JSON has no infinity: "all of them" travels as a number beyond every bound. */
function finite(count: number): number {
  return count === Infinity ? Number.MAX_SAFE_INTEGER : count;
}

/** Where it begins is fixed now: after a break it would otherwise begin later, and miss what came between. */
async function* subscription(
  ask: Ask,
  {
    line,
    topic,
    after,
    signal,
  }: { line: Line; topic: string; after?: string; signal: AbortSignal },
): AsyncGenerator<StoredEvent[], void> {
  checkKey(topic);
  parseOffset(after);
  const from =
    after ??
    (await endOfTopic(ask, topic).catch((error: unknown) => {
      // Closed meanwhile: the iteration ends, as it would have a moment later.
      if (line.isClosed) return undefined;
      throw error;
    }));
  if (from !== undefined) yield* followEvents({ line, topic, signal, after: from });
}

async function endOfTopic(ask: Ask, topic: string): Promise<string> {
  const [last] = await ask<{ offset: string }[]>("store.tail", [topic, 1]);
  if (last === undefined) return formatOffset(0);
  if (typeof last.offset === "string") return last.offset;
  throw new FlotillaError("store_unreadable", "The store's process sent something else.");
}
