import type { Clock } from "../../protocol/clock.ts";
import type { Fence, PutOptions, RecordStore, StoredRecord } from "../contract.ts";
import { createExpiry } from "../feeds/expiry.ts";
import { createWatchHub } from "../feeds/watch-hub.ts";
import {
  checkKey,
  encodeValue,
  MAX_LISTED_RECORDS,
  storeClosed,
  tooManyRecords,
} from "../limits.ts";

interface Row {
  text: string;
  version: number;
  expiresAtMs: number | undefined;
}

export interface MemoryRecords {
  records: RecordStore;
  close(): void;
}

export function createMemoryRecords(options: {
  clock: Clock;
  isNewest(fence: Fence): boolean;
}): MemoryRecords {
  const { clock, isNewest } = options;
  const rows = new Map<string, Row>();
  const hub = createWatchHub();
  // One sequence for all keys, so that a version also grows across delete and re-creation.
  let version = 0;
  let isClosed = false;

  const remove = (key: string): void => {
    rows.delete(key);
    hub.publish({ kind: "delete", key });
  };
  const removeExpired = (): void => {
    for (const [key, row] of rows) if (isExpired(row)) remove(key);
    const times = [...rows.values()].map((row) => row.expiresAtMs ?? Infinity);
    expiry.next(Math.min(...times));
  };
  const expiry = createExpiry(clock, removeExpired);
  const isExpired = (row: Row): boolean =>
    row.expiresAtMs !== undefined && row.expiresAtMs <= clock.now();
  const live = (key: string): Row | undefined => {
    if (isClosed) throw storeClosed();
    const row = rows.get(key);
    return row === undefined || isExpired(row) ? undefined : row;
  };
  const refusal = (key: string, { ifVersion, fence }: PutOptions) => {
    if (fence !== undefined && !isNewest(fence)) return "fenced";
    if (ifVersion === undefined) return undefined;
    const current = live(key)?.version ?? "absent";
    return current === ifVersion ? undefined : "conflict";
  };
  const list = (prefix: string): StoredRecord[] => {
    const keys = [...rows.keys()].filter((key) => key.startsWith(prefix) && live(key)).toSorted();
    if (keys.length > MAX_LISTED_RECORDS) throw tooManyRecords(prefix);
    return keys.map((key) => recordOf(key, rows.get(key)!));
  };

  const records: RecordStore = {
    async get(key) {
      const row = live(key);
      return row === undefined ? undefined : recordOf(key, row);
    },
    list: async (prefix) => (isClosed ? Promise.reject(storeClosed()) : list(prefix)),
    async put(key, value, put = {}) {
      checkKey(key);
      const text = encodeValue(value);
      live(key);
      const reason = refusal(key, put);
      if (reason !== undefined) return { ok: false, reason };
      version += 1;
      const row = { text, version, expiresAtMs: put.expiresAtMs };
      rows.set(key, row);
      hub.publish({ kind: "put", record: recordOf(key, row) });
      if (put.expiresAtMs !== undefined) expiry.noLaterThan(put.expiresAtMs);
      return { ok: true, version };
    },
    async delete(key, put = {}) {
      if (live(key) === undefined || refusal(key, put) !== undefined) return false;
      remove(key);
      return true;
    },
    watch: (prefix, signal) => hub.watch({ prefix, signal, snapshot: () => list(prefix) }),
  };
  return {
    records,
    close() {
      isClosed = true;
      expiry.cancel();
      hub.close();
    },
  };
}

/** Parsed anew for each reader: nobody can change what others see. */
function recordOf(key: string, row: Row): StoredRecord {
  return { key, value: JSON.parse(row.text), version: row.version };
}
