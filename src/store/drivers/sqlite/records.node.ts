import type { Clock } from "../../../protocol/clock.ts";
import type { PutOptions, RecordStore, StoredRecord } from "../../contract.ts";
import { createExpiry } from "../../feeds/expiry.ts";
import { createWatchHub } from "../../feeds/watch-hub.ts";
import { checkKey, encodeValue, MAX_LISTED_RECORDS, tooManyRecords } from "../../limits.ts";
import type { Database, Row } from "./database.node.ts";

export interface SqliteRecords {
  records: RecordStore;
  close(): void;
}

const LIVE = "(expires_at IS NULL OR expires_at > ?)";
const NEXT_VERSION =
  "UPDATE counters SET value = value + 1 WHERE name = 'record_version' RETURNING value";
const PUT = `INSERT INTO records (key, value, version, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT (key)
  DO UPDATE SET value = excluded.value, version = excluded.version, expires_at = excluded.expires_at`;

export function createSqliteRecords(database: Database, clock: Clock): SqliteRecords {
  const hub = createWatchHub();

  const read = (key: string): Row | undefined =>
    database.get(`SELECT * FROM records WHERE key = ? AND ${LIVE}`, key, clock.now());
  const refusal = (key: string, { ifVersion, fence }: PutOptions) => {
    if (fence !== undefined) {
      const lease = database.get("SELECT token FROM leases WHERE name = ?", fence.name);
      if (lease?.["token"] !== fence.token) return "fenced";
    }
    if (ifVersion === undefined) return undefined;
    return (read(key)?.["version"] ?? "absent") === ifVersion ? undefined : "conflict";
  };
  const removeExpired = (): void => {
    const now = clock.now();
    const gone = database.all("DELETE FROM records WHERE expires_at <= ? RETURNING key", now);
    for (const row of gone) hub.publish({ kind: "delete", key: String(row["key"]) });
    const soonest = database.get("SELECT min(expires_at) AS at FROM records");
    expiry.next(typeof soonest?.["at"] === "number" ? soonest["at"] : Infinity);
  };
  const expiry = createExpiry(clock, removeExpired);
  removeExpired();

  const list = (prefix: string): StoredRecord[] => {
    const sql = `SELECT * FROM records WHERE key >= ? AND key < ? AND ${LIVE} ORDER BY key LIMIT ?`;
    const limit = MAX_LISTED_RECORDS + 1;
    const rows = database.all(sql, prefix, `${prefix}\u{10ffff}`, clock.now(), limit);
    if (rows.length === limit) throw tooManyRecords(prefix);
    return rows.map(recordOf);
  };
  const records: RecordStore = {
    async get(key) {
      const row = read(key);
      return row === undefined ? undefined : recordOf(row);
    },
    list: async (prefix) => list(prefix),
    async put(key, value, options = {}) {
      checkKey(key);
      const text = encodeValue(value);
      const outcome = database.transaction(() => {
        const reason = refusal(key, options);
        if (reason !== undefined) return { ok: false, reason } as const;
        const version = Number(database.get(NEXT_VERSION)?.["value"]);
        database.run(PUT, key, text, version, options.expiresAtMs ?? null);
        return { ok: true, version } as const;
      });
      if (!outcome.ok) return outcome;
      const record = { key, value: JSON.parse(text), version: outcome.version };
      hub.publish({ kind: "put", record });
      if (options.expiresAtMs !== undefined) expiry.noLaterThan(options.expiresAtMs);
      return outcome;
    },
    async delete(key, options = {}) {
      const removed = database.transaction(() => {
        if (read(key) === undefined || refusal(key, options) !== undefined) return 0;
        return database.run("DELETE FROM records WHERE key = ?", key);
      });
      if (removed > 0) hub.publish({ kind: "delete", key });
      return removed > 0;
    },
    watch: (prefix, signal) => hub.watch({ prefix, signal, snapshot: () => list(prefix) }),
  };
  return {
    records,
    close() {
      expiry.cancel();
      hub.close();
    },
  };
}

function recordOf(row: Row): StoredRecord {
  return {
    key: String(row["key"]),
    value: JSON.parse(String(row["value"])),
    version: Number(row["version"]),
  };
}
