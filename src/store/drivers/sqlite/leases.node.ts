import type { Clock } from "../../../protocol/clock.ts";
import type { Lease, LeaseStore } from "../../contract.ts";
import { checkKey } from "../../limits.ts";
import type { Database, Row } from "./database.node.ts";

/** Takes the row when it is free, expired or the holder's own; tokens grow because rows stay. */
const ACQUIRE = `INSERT INTO leases (name, holder, token, expires_at) VALUES (?, ?, 1, ?) ON CONFLICT (name)
  DO UPDATE SET holder = excluded.holder, token = token + 1, expires_at = excluded.expires_at
  WHERE leases.expires_at <= ? OR leases.holder = excluded.holder RETURNING *`;
const RENEW =
  "UPDATE leases SET expires_at = ? WHERE name = ? AND token = ? AND expires_at > ? RETURNING *";

export function createSqliteLeases(database: Database, clock: Clock): LeaseStore {
  const leaseOf = (row: Row | undefined): Lease | undefined =>
    row === undefined
      ? undefined
      : {
          name: String(row["name"]),
          holder: String(row["holder"]),
          token: Number(row["token"]),
          expiresAtMs: Number(row["expires_at"]),
        };
  return {
    async acquire(name, holder, ttlMs) {
      checkKey(name);
      const now = clock.now();
      return leaseOf(database.get(ACQUIRE, name, holder, now + ttlMs, now));
    },
    async renew({ name, token }, ttlMs) {
      const now = clock.now();
      return leaseOf(database.get(RENEW, now + ttlMs, name, token, now));
    },
    async release({ name, token }) {
      database.run("UPDATE leases SET expires_at = 0 WHERE name = ? AND token = ?", name, token);
    },
    async get(name) {
      const sql = "SELECT * FROM leases WHERE name = ? AND expires_at > ?";
      return leaseOf(database.get(sql, name, clock.now()));
    },
  };
}
