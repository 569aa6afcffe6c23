/** Counts and times every operation of a store, whatever its driver, and logs what fails. */
import type { Clock } from "../protocol/clock.ts";
import { isFlotillaError, messageOf } from "../protocol/errors.ts";
import type { Telemetry } from "../telemetry/index.ts";
import type { EventLog, LeaseStore, RecordStore, Store, WorkQueue } from "./contract.ts";

type Measure = <T>(operation: string, work: () => Promise<T>) => Promise<T>;

export function instrumentStore(
  store: Store,
  { telemetry, clock }: { telemetry: Telemetry; clock: Clock },
): Store {
  const driver = store.capabilities.driver;
  const measure: Measure = async (operation, work) => {
    const startedMs = clock.monotonicMs();
    const labels = { driver, operation };
    try {
      return await work();
    } catch (error) {
      const code = isFlotillaError(error) ? error.code : "internal";
      telemetry.meter.count("store_errors_total", 1, { ...labels, code });
      telemetry.log.warn("store operation failed", { ...labels, code, error: messageOf(error) });
      throw error;
    } finally {
      telemetry.meter.observe("store_operation_ms", clock.monotonicMs() - startedMs, labels);
    }
  };
  return {
    records: measuredRecords(store.records, measure),
    leases: measuredLeases(store.leases, measure),
    queue: measuredQueue(store.queue, measure),
    events: measuredEvents(store.events, measure),
    capabilities: store.capabilities,
    close: () => store.close(),
  };
}

/** Iterations are as long as their reader wants: only calls are timed. */
function measuredRecords(records: RecordStore, measure: Measure): RecordStore {
  return {
    get: (key) => measure("records.get", () => records.get(key)),
    list: (prefix) => measure("records.list", () => records.list(prefix)),
    put: (key, value, put) => measure("records.put", () => records.put(key, value, put)),
    delete: (key, put) => measure("records.delete", () => records.delete(key, put)),
    watch: (prefix, signal) => records.watch(prefix, signal),
  };
}

function measuredLeases(leases: LeaseStore, measure: Measure): LeaseStore {
  return {
    acquire: (name, holder, ttlMs) =>
      measure("leases.acquire", () => leases.acquire(name, holder, ttlMs)),
    renew: (lease, ttlMs) => measure("leases.renew", () => leases.renew(lease, ttlMs)),
    release: (lease) => measure("leases.release", () => leases.release(lease)),
    get: (name) => measure("leases.get", () => leases.get(name)),
  };
}

function measuredQueue(queue: WorkQueue, measure: Measure): WorkQueue {
  return {
    push: (name, items) => measure("queue.push", () => queue.push(name, items)),
    claim: (name, max, visibilityMs) =>
      measure("queue.claim", () => queue.claim(name, max, visibilityMs)),
    extend: (name, receipt, visibilityMs) =>
      measure("queue.extend", () => queue.extend(name, receipt, visibilityMs)),
    complete: (name, receipt) => measure("queue.complete", () => queue.complete(name, receipt)),
    // oxlint-disable-next-line max-params -- the contract's own shape
    fail: (name, receipt, error, retryAtMs) =>
      measure("queue.fail", () => queue.fail(name, receipt, error, retryAtMs)),
    stats: (name) => measure("queue.stats", () => queue.stats(name)),
  };
}

function measuredEvents(events: EventLog, measure: Measure): EventLog {
  return {
    append: (topic, values) => measure("events.append", () => events.append(topic, values)),
    read: (topic, options) => measure("events.read", () => events.read(topic, options)),
    tail: (topic, limit) => measure("events.tail", () => events.tail(topic, limit)),
    subscribe: (topic, signal, after) => events.subscribe(topic, signal, after),
    trim: (topic, keep) => measure("events.trim", () => events.trim(topic, keep)),
  };
}
