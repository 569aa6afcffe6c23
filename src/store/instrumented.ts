/**
 * Counts and times every operation of a store, whatever its driver, and tells of each at `debug`, of failures at
 * `warn`. Names (keys, prefixes, queues, topics) are logged; values, payloads and the workers' error texts never are.
 */
import type { Clock } from "../protocol/clock.ts";
import { isFlotillaError, messageOf } from "../protocol/errors.ts";
import type { Telemetry } from "../telemetry/index.ts";
import type { EventLog, LeaseStore, RecordStore, Store, WorkQueue } from "./contract.ts";

export interface InstrumentStoreOptions {
  telemetry: Telemetry;
  clock: Clock;
}

interface Gauges {
  /** `subject` is a key or a name. It goes to the log alone: labels must stay few. */
  measure: <T>(operation: string, subject: string, work: () => Promise<T>) => Promise<T>;
  /** Counts an iteration while it runs and what it tells. It is as long as its reader wants: nothing is timed. */
  follow: <T>(operation: string, subject: string, feed: AsyncIterable<T>) => AsyncIterable<T>;
  /** A write that another one forestalled: no failure, but many of them are worth a look. */
  refused: (operation: string, reason: string) => void;
}

export function instrumentStore(store: Store, options: InstrumentStoreOptions): Store {
  const gauges = createGauges(store.capabilities.driver, options);
  return {
    records: measuredRecords(store.records, gauges),
    leases: measuredLeases(store.leases, gauges),
    queue: measuredQueue(store.queue, gauges),
    events: measuredEvents(store.events, gauges),
    capabilities: store.capabilities,
    close: () => gauges.measure("close", "", () => store.close()),
  };
}

function createGauges(driver: string, { telemetry, clock }: InstrumentStoreOptions): Gauges {
  const { meter } = telemetry;
  const log = telemetry.log.with({ driver });
  const open = new Map<string, number>();
  const opened = (operation: string, by: number): void => {
    const count = (open.get(operation) ?? 0) + by;
    open.set(operation, count);
    meter.gauge("store_open_feeds", count, { driver, operation });
  };
  return {
    async measure(operation, subject, work) {
      const startedMs = clock.monotonicMs();
      const labels = { driver, operation };
      try {
        return await work();
      } catch (error) {
        const code = isFlotillaError(error) ? error.code : "internal";
        meter.count("store_errors_total", 1, { ...labels, code });
        log.warn("store.operation.failed", { operation, subject, code, reason: messageOf(error) });
        throw error;
      } finally {
        const tookMs = clock.monotonicMs() - startedMs;
        meter.observe("store_operation_ms", tookMs, labels);
        log.debug("store.operation", { operation, subject, tookMs });
      }
    },
    follow: (operation, subject, feed) =>
      observed(feed, {
        began() {
          opened(operation, 1);
          log.debug("store.feed.began", { operation, subject });
        },
        told: () => meter.count("store_feed_batches_total", 1, { driver, operation }),
        ended() {
          opened(operation, -1);
          log.debug("store.feed.ended", { operation, subject });
        },
      }),
    refused: (operation, reason) =>
      meter.count("store_refused_total", 1, { driver, operation, reason }),
  };
}

interface FeedObserver {
  began(): void;
  told(): void;
  /** Once, however it ended. */
  ended(): void;
}

/** By hand and not a generator, whose `return` would wait for the next batch instead of ending the wait for it. */
function observed<T>(feed: AsyncIterable<T>, observer: FeedObserver): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const inner = feed[Symbol.asyncIterator]();
      let phase: "new" | "open" | "over" = "new";
      const end = (): void => {
        if (phase === "open") observer.ended();
        phase = "over";
      };
      return {
        async next() {
          if (phase === "new") observer.began();
          if (phase === "new") phase = "open";
          try {
            const result = await inner.next();
            if (result.done === true) end();
            else observer.told();
            return result;
          } catch (error) {
            end();
            throw error;
          }
        },
        async return() {
          end();
          return (await inner.return?.()) ?? { done: true, value: undefined };
        },
      };
    },
  };
}

function measuredRecords(records: RecordStore, gauges: Gauges): RecordStore {
  const { measure, follow, refused } = gauges;
  return {
    get: (key) => measure("records.get", key, () => records.get(key)),
    list: (prefix) => measure("records.list", prefix, () => records.list(prefix)),
    async put(key, value, options) {
      const outcome = await measure("records.put", key, () => records.put(key, value, options));
      if (!outcome.ok) refused("records.put", outcome.reason);
      return outcome;
    },
    delete: (key, options) => measure("records.delete", key, () => records.delete(key, options)),
    watch: (prefix, signal) => follow("records.watch", prefix, records.watch(prefix, signal)),
  };
}

function measuredLeases(leases: LeaseStore, { measure, refused }: Gauges): LeaseStore {
  return {
    acquire: (name, holder, ttlMs) =>
      measure("leases.acquire", name, () => leases.acquire(name, holder, ttlMs)),
    async renew(lease, ttlMs) {
      const renewed = await measure("leases.renew", lease.name, () => leases.renew(lease, ttlMs));
      if (renewed === undefined) refused("leases.renew", "lost");
      return renewed;
    },
    release: (lease) => measure("leases.release", lease.name, () => leases.release(lease)),
    get: (name) => measure("leases.get", name, () => leases.get(name)),
  };
}

function measuredQueue(queue: WorkQueue, gauges: Gauges): WorkQueue {
  const { measure } = gauges;
  const answered = async (operation: string, name: string, work: () => Promise<boolean>) => {
    const isTaken = await measure(operation, name, work);
    if (!isTaken) gauges.refused(operation, "stale");
    return isTaken;
  };
  return {
    push: (name, items) => measure("queue.push", name, () => queue.push(name, items)),
    claim: (name, max, visibilityMs) =>
      measure("queue.claim", name, () => queue.claim(name, max, visibilityMs)),
    extend: (name, receipt, visibilityMs) =>
      answered("queue.extend", name, () => queue.extend(name, receipt, visibilityMs)),
    complete: (name, receipt) =>
      answered("queue.complete", name, () => queue.complete(name, receipt)),
    fail: (name, receipt, failure) =>
      answered("queue.fail", name, () => queue.fail(name, receipt, failure)),
    stats: (name) => measure("queue.stats", name, () => queue.stats(name)),
  };
}

function measuredEvents(events: EventLog, { measure, follow }: Gauges): EventLog {
  return {
    append: (topic, values) => measure("events.append", topic, () => events.append(topic, values)),
    read: (topic, options) => measure("events.read", topic, () => events.read(topic, options)),
    tail: (topic, limit) => measure("events.tail", topic, () => events.tail(topic, limit)),
    subscribe: (topic, signal, after) =>
      follow("events.subscribe", topic, events.subscribe(topic, signal, after)),
    trim: (topic, keep) => measure("events.trim", topic, () => events.trim(topic, keep)),
  };
}
