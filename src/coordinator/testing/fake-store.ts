/** A store small enough to be trusted: records with watches, leases and events, in plain maps on a given clock. */
import type { Clock } from "../../protocol/clock.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import type {
  EventLog,
  Fence,
  Lease,
  LeaseStore,
  RecordBatch,
  RecordChange,
  RecordStore,
  Store,
  StoredEvent,
  StoredRecord,
} from "../../store/contract.ts";

export interface FakeStore extends Store {
  /** Live records now, without waiting. */
  peek(prefix: string): StoredRecord[];
  /** Called after each change. */
  onWrite(listener: () => void): void;
}

export function createFakeStore(clock: Clock, options: { shared?: boolean } = {}): FakeStore {
  const leases = createLeases(clock);
  const { records, peek, onWrite } = createRecords(clock, leases.isNewest);
  return {
    records,
    peek,
    onWrite,
    leases: leases.store,
    queue: {
      push: unused,
      claim: unused,
      extend: unused,
      complete: unused,
      fail: unused,
      stats: unused,
    },
    events: createEvents(clock),
    capabilities: { driver: "fake", durable: false, shared: options.shared ?? false },
    close: async () => undefined,
  };
}

async function unused(): Promise<never> {
  throw new FlotillaError("not_supported", "This store has no queue.");
}

type Entry = StoredRecord & { expiresAtMs: number };

interface Watcher {
  prefix: string;
  changed: Set<string>;
  wake: () => void;
}

/** The entries and who wants to hear of them. */
function createTable(clock: Clock) {
  const entries = new Map<string, Entry>();
  const watchers = new Set<Watcher>();
  const listeners: (() => void)[] = [];
  const touch = (key: string): void => {
    for (const watcher of watchers) {
      if (!key.startsWith(watcher.prefix)) continue;
      watcher.changed.add(key);
      watcher.wake();
    }
    for (const listener of listeners) listener();
  };
  const live = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    if (entry === undefined || entry.expiresAtMs > clock.now()) return entry;
    entries.delete(key);
    touch(key);
    return undefined;
  };
  const peek = (prefix: string): StoredRecord[] =>
    [...entries.keys()]
      .filter((key) => key.startsWith(prefix))
      .toSorted()
      .flatMap((key) => {
        const entry = live(key);
        return entry === undefined ? [] : [copy(entry)];
      });
  return { entries, watchers, listeners, touch, live, peek };
}

type Table = ReturnType<typeof createTable>;

async function* watch(
  table: Table,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch> {
  const watcher: Watcher = { prefix, changed: new Set(), wake: () => undefined };
  table.watchers.add(watcher);
  signal.addEventListener("abort", () => watcher.wake());
  try {
    const changes = table.peek(prefix).map((record): RecordChange => ({ kind: "put", record }));
    yield { snapshot: true, changes };
    while (!signal.aborted) {
      if (watcher.changed.size === 0) {
        await new Promise<void>((resolve) => {
          watcher.wake = resolve;
        });
        continue;
      }
      const keys = [...watcher.changed];
      watcher.changed.clear();
      yield { snapshot: false, changes: keys.map((key) => changeOf(table, key)) };
    }
  } finally {
    table.watchers.delete(watcher);
  }
}

function changeOf(table: Table, key: string): RecordChange {
  const entry = table.live(key);
  return entry === undefined ? { kind: "delete", key } : { kind: "put", record: copy(entry) };
}

function createRecords(clock: Clock, isNewest: (fence: Fence) => boolean) {
  const table = createTable(clock);
  const versions = new Map<string, number>();
  const holds = (key: string, at: { ifVersion?: number | "absent"; fence?: Fence }) => {
    if (at.fence !== undefined && !isNewest(at.fence)) return "fenced";
    const version = table.live(key)?.version ?? "absent";
    return at.ifVersion === undefined || at.ifVersion === version ? "ok" : "conflict";
  };
  const records: RecordStore = {
    async get(key) {
      const entry = table.live(key);
      return entry === undefined ? undefined : copy(entry);
    },
    list: async (prefix) => table.peek(prefix),
    async put(key, value, options = {}) {
      const verdict = holds(key, options);
      if (verdict !== "ok") return { ok: false, reason: verdict };
      const version = (versions.get(key) ?? 0) + 1;
      versions.set(key, version);
      const expiresAtMs = options.expiresAtMs ?? Number.POSITIVE_INFINITY;
      table.entries.set(key, { key, value: structuredClone(value), version, expiresAtMs });
      table.touch(key);
      return { ok: true, version };
    },
    async delete(key, options = {}) {
      if (table.live(key) === undefined || holds(key, options) !== "ok") return false;
      table.entries.delete(key);
      table.touch(key);
      return true;
    },
    watch: (prefix, signal) => watch(table, prefix, signal),
  };
  const onWrite = (listener: () => void): void => void table.listeners.push(listener);
  return { records, peek: table.peek, onWrite };
}

function copy({ key, value, version }: Entry): StoredRecord {
  return { key, value: structuredClone(value), version };
}

function createLeases(clock: Clock): { store: LeaseStore; isNewest: (fence: Fence) => boolean } {
  const held = new Map<string, Lease>();
  const tokens = new Map<string, number>();
  const current = (name: string): Lease | undefined => {
    const lease = held.get(name);
    return lease !== undefined && lease.expiresAtMs > clock.now() ? lease : undefined;
  };
  return {
    isNewest: (fence) => tokens.get(fence.name) === fence.token,
    store: {
      async acquire(name, holder, ttlMs) {
        const now = current(name);
        if (now !== undefined && now.holder !== holder) return undefined;
        const token = (tokens.get(name) ?? 0) + 1;
        tokens.set(name, token);
        const lease = { name, holder, token, expiresAtMs: clock.now() + ttlMs };
        held.set(name, lease);
        return lease;
      },
      async renew(lease, ttlMs) {
        if (current(lease.name)?.token !== lease.token) return undefined;
        const renewed = { ...lease, expiresAtMs: clock.now() + ttlMs };
        held.set(lease.name, renewed);
        return renewed;
      },
      async release(lease) {
        if (held.get(lease.name)?.token === lease.token) held.delete(lease.name);
      },
      get: async (name) => current(name),
    },
  };
}

function createEvents(clock: Clock): EventLog {
  const topics = new Map<string, StoredEvent[]>();
  const waiting = new Set<() => void>();
  let count = 0;
  const of = (topic: string): StoredEvent[] => {
    const list = topics.get(topic) ?? [];
    topics.set(topic, list);
    return list;
  };
  const after = (topic: string, offset: string | undefined): StoredEvent[] =>
    of(topic).filter((event) => offset === undefined || event.offset > offset);
  return {
    async append(topic, values) {
      for (const value of values) {
        count += 1;
        const offset = String(count).padStart(12, "0");
        of(topic).push({ offset, atMs: clock.now(), value: structuredClone(value) });
      }
      for (const wake of waiting) wake();
      return of(topic).at(-1)?.offset ?? "";
    },
    read: async (topic, options) => after(topic, options.after).slice(0, options.limit),
    tail: async (topic, limit) => of(topic).slice(-limit),
    async *subscribe(topic, signal, from) {
      let offset = from ?? of(topic).at(-1)?.offset ?? "";
      while (!signal.aborted) {
        const events = after(topic, offset);
        if (events.length === 0) {
          await new Promise<void>((resolve) => {
            const wake = (): void => {
              waiting.delete(wake);
              signal.removeEventListener("abort", wake);
              resolve();
            };
            waiting.add(wake);
            signal.addEventListener("abort", wake);
          });
          continue;
        }
        offset = events.at(-1)?.offset ?? offset;
        yield events;
      }
    },
    async trim(topic, keep) {
      const list = of(topic);
      return list.splice(0, Math.max(0, list.length - keep)).length;
    },
  };
}
