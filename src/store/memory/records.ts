import type { Fence, PutOptions, RecordStore, StoredRecord } from "../contract.ts";
import { createExpiry } from "../feeds/expiry.ts";
import { createWatchHub, type WatchHub } from "../feeds/watch-hub.ts";
import { checkKey, checkTime, encodeValue, MAX_LISTED_RECORDS, tooManyRecords } from "../limits.ts";
import type { Parts } from "./parts.ts";

interface Row {
  text: string;
  version: number;
  expiresAtMs: number | undefined;
}

export interface MemoryRecords {
  records: RecordStore;
  close(): void;
}

export function createMemoryRecords(
  parts: Parts & { isNewest: (fence: Fence) => boolean },
): MemoryRecords {
  const hub = createWatchHub();
  const table = createTable(parts, hub);
  const { live, list } = table;
  const refusal = (key: string, { ifVersion, fence }: PutOptions) => {
    if (fence !== undefined && !parts.isNewest(fence)) return "fenced";
    if (ifVersion === undefined) return undefined;
    return (live(key)?.version ?? "absent") === ifVersion ? undefined : "conflict";
  };
  // One sequence for all keys, so that a version also grows across delete and re-creation.
  let version = 0;

  const records: RecordStore = {
    async get(key) {
      const row = live(key);
      return row === undefined ? undefined : recordOf(key, row);
    },
    list: async (prefix) => list(prefix),
    async put(key, value, put = {}) {
      parts.checkOpen();
      checkKey(key);
      const text = encodeValue(value);
      const expiresAtMs = checkTime(put.expiresAtMs);
      const reason = refusal(key, put);
      if (reason !== undefined) return { ok: false, reason };
      version += 1;
      table.set(key, { text, version, expiresAtMs });
      return { ok: true, version };
    },
    async delete(key, put = {}) {
      if (live(key) === undefined || refusal(key, put) !== undefined) return false;
      table.remove(key);
      return true;
    },
    watch: (prefix, signal) => hub.watch({ prefix, signal, snapshot: () => list(prefix) }),
  };
  return {
    records,
    close() {
      table.close();
      hub.close();
    },
  };
}

interface Table {
  /** The row, unless it expired. */
  live: (key: string) => Row | undefined;
  list: (prefix: string) => StoredRecord[];
  set(key: string, row: Row): void;
  remove(key: string): void;
  close(): void;
}

/** The rows, with their expiry; tells the hub of every change. */
function createTable({ clock, checkOpen }: Parts, hub: WatchHub): Table {
  const rows = new Map<string, Row>();
  const isExpired = ({ expiresAtMs }: Row): boolean =>
    expiresAtMs !== undefined && expiresAtMs <= clock.now();
  const remove = (key: string): void => {
    rows.delete(key);
    hub.publish({ key });
  };
  const expiry = createExpiry(clock, () => {
    let soonestMs = Infinity;
    for (const [key, row] of rows) {
      if (isExpired(row)) remove(key);
      else soonestMs = Math.min(soonestMs, row.expiresAtMs ?? Infinity);
    }
    expiry.next(soonestMs);
  });
  return {
    live(key) {
      checkOpen();
      const row = rows.get(key);
      return row === undefined || isExpired(row) ? undefined : row;
    },
    list(prefix) {
      checkOpen();
      const found: StoredRecord[] = [];
      for (const [key, row] of rows) {
        if (key.startsWith(prefix) && !isExpired(row)) found.push(recordOf(key, row));
        if (found.length > MAX_LISTED_RECORDS) throw tooManyRecords(prefix);
      }
      return found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    },
    set(key, row) {
      rows.set(key, row);
      hub.publish({ key, put: row });
      if (row.expiresAtMs !== undefined) expiry.noLaterThan(row.expiresAtMs);
    },
    remove,
    close: expiry.cancel,
  };
}

/** Parsed anew for each reader: nobody can change what others see. */
function recordOf(key: string, row: Row): StoredRecord {
  return { key, value: JSON.parse(row.text), version: row.version };
}
