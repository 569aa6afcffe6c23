import type { Clock } from "../../../protocol/clock.ts";
import type { PutOptions, RecordStore, StoredRecord } from "../../contract.ts";
import { createExpiry, type Expiry } from "../../feeds/expiry.ts";
import { createWatchHub, type WatchHub } from "../../feeds/watch-hub.ts";
import {
  checkKey,
  checkTime,
  encodeValue,
  MAX_LISTED_RECORDS,
  tooManyRecords,
} from "../../limits.ts";
import type { Database, Row } from "./database.node.ts";
import { createSequence } from "./sequence.node.ts";

export interface SqliteRecords {
  records: RecordStore;
  close(): void;
}

const LIVE = "(expires_at IS NULL OR expires_at > ?)";
const GET = `SELECT * FROM records WHERE key = ? AND ${LIVE}`;
const LIST = `SELECT * FROM records WHERE key >= ? AND key < ? AND ${LIVE} ORDER BY key LIMIT ?`;
const PUT = `INSERT INTO records (key, value, version, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT (key)
  DO UPDATE SET value = excluded.value, version = excluded.version, expires_at = excluded.expires_at`;
const DELETE = "DELETE FROM records WHERE key = ?";
const EXPIRE = `DELETE FROM records WHERE key IN
  (SELECT key FROM records WHERE expires_at <= ? LIMIT ?) RETURNING key`;
const SOONEST = "SELECT min(expires_at) AS at FROM records WHERE expires_at IS NOT NULL";
const TOKEN = "SELECT token FROM leases WHERE name = ?";
/** Above every printable ASCII character. */
const AFTER_KEYS = "\u007f";

export function createSqliteRecords(database: Database, clock: Clock): SqliteRecords {
  const hub = createWatchHub();
  const expiry = expireWith(database, clock, hub);
  const nextVersion = createSequence(database, "record_version");

  const read = (key: string): Row | undefined => database.get(GET, key, clock.now());
  const refusal = (key: string, { ifVersion, fence }: PutOptions) => {
    if (fence !== undefined && database.get(TOKEN, fence.name)?.["token"] !== fence.token) {
      return "fenced";
    }
    if (ifVersion === undefined) return undefined;
    return (read(key)?.["version"] ?? "absent") === ifVersion ? undefined : "conflict";
  };
  const list = (prefix: string): StoredRecord[] => {
    const limit = MAX_LISTED_RECORDS + 1;
    const rows = database.all(LIST, prefix, prefix + AFTER_KEYS, clock.now(), limit);
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
      const expiresAtMs = checkTime(options.expiresAtMs);
      const reason = refusal(key, options);
      if (reason !== undefined) return { ok: false, reason };
      const version = nextVersion();
      database.run(PUT, key, text, version, expiresAtMs ?? null);
      hub.publish({ key, put: { text, version } });
      if (expiresAtMs !== undefined) expiry.noLaterThan(expiresAtMs);
      return { ok: true, version };
    },
    async delete(key, options = {}) {
      if (read(key) === undefined || refusal(key, options) !== undefined) return false;
      database.run(DELETE, key);
      hub.publish({ key });
      return true;
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

const EXPIRED_AT_ONCE = 1_000;
const RETRY_MS = 5_000;

/** Removes what expired, in steps that do not hold up the process, starting with what expired while it was down. */
function expireWith(database: Database, clock: Clock, hub: WatchHub): Expiry {
  const removeSome = (): number => {
    const gone = database.all(EXPIRE, clock.now(), EXPIRED_AT_ONCE);
    for (const row of gone) hub.publish({ key: String(row["key"]) });
    const soonest = database.get(SOONEST)?.["at"];
    return typeof soonest === "number" ? soonest : Infinity;
  };
  const removeSafely = (): number => {
    try {
      return removeSome();
    } catch {
      // Thrown in a timer it would end the process. Reads pass over expired records, and tell their caller of trouble.
      return clock.now() + RETRY_MS;
    }
  };
  const expiry = createExpiry(clock, () => expiry.next(removeSafely()));
  expiry.next(removeSome());
  return expiry;
}

function recordOf(row: Row): StoredRecord {
  return {
    key: String(row["key"]),
    value: JSON.parse(String(row["value"])),
    version: Number(row["version"]),
  };
}
