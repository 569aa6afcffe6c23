/** The least of a store that a router needs, in memory, for tests of this room. */
import type {
  EventLog,
  PutOptions,
  RecordBatch,
  RecordChange,
  RecordStore,
  StoredRecord,
} from "../../store/contract.ts";

export interface FakeStore {
  records: RecordStore;
  events: EventLog;
  /** Everything put so far, in order. */
  puts: { key: string; value: unknown; options: PutOptions | undefined }[];
  appended: { topic: string; value: unknown }[];
}

export function fakeStore(): FakeStore {
  const puts: FakeStore["puts"] = [];
  const appended: FakeStore["appended"] = [];
  const events: EventLog = {
    async append(topic, values) {
      for (const value of values) appended.push({ topic, value });
      return String(appended.length);
    },
    read: async () => [],
    tail: async () => [],
    async *subscribe() {},
    trim: async () => 0,
  };
  return { records: fakeRecords(puts), events, puts, appended };
}

function fakeRecords(puts: FakeStore["puts"]): RecordStore {
  const rows = new Map<string, StoredRecord>();
  const watchers = new Set<Watcher>();
  let version = 0;
  const tell = (key: string, change: RecordChange): void => {
    for (const watcher of watchers) if (key.startsWith(watcher.prefix)) watcher.push(change);
  };
  const under = (prefix: string): StoredRecord[] =>
    [...rows.values()].filter(({ key }) => key.startsWith(prefix));
  return {
    get: async (key) => rows.get(key),
    list: async (prefix) => under(prefix),
    async put(key, value, options) {
      const record = { key, value: structuredClone(value), version: ++version };
      rows.set(key, record);
      puts.push({ key, value: record.value, options });
      tell(key, { kind: "put", record });
      return { ok: true, version };
    },
    async delete(key) {
      const had = rows.delete(key);
      if (had) tell(key, { kind: "delete", key });
      return had;
    },
    watch(prefix, signal) {
      const first = under(prefix).map((record): RecordChange => ({ kind: "put", record }));
      return follow(watchers, { prefix, signal, first });
    },
  };
}

interface Watcher {
  prefix: string;
  push(change: RecordChange): void;
}

async function* follow(
  watchers: Set<Watcher>,
  { prefix, signal, first }: { prefix: string; signal: AbortSignal; first: RecordChange[] },
): AsyncGenerator<RecordBatch> {
  let pending: RecordChange[] = [];
  let wake = Promise.withResolvers<void>();
  const watcher: Watcher = {
    prefix,
    push(change) {
      pending.push(change);
      wake.resolve();
    },
  };
  watchers.add(watcher);
  signal.addEventListener("abort", () => wake.resolve(), { once: true });
  try {
    yield { snapshot: true, changes: first };
    while (!signal.aborted) {
      const changes = pending;
      pending = [];
      if (changes.length > 0) yield { snapshot: false, changes };
      else await wake.promise;
      wake = Promise.withResolvers<void>();
      if (pending.length > 0) wake.resolve();
    }
  } finally {
    watchers.delete(watcher);
  }
}
