import type { Clock } from "../../../protocol/clock.ts";
import type { Lease, LeaseStore } from "../../contract.ts";
import { checkDuration, checkKey, FINISHED_KEPT_MS } from "../../limits.ts";
import type { Database, Row } from "./database.node.ts";
import { createSequence } from "./sequence.node.ts";

const LIVE = "SELECT * FROM leases WHERE name = ? AND expires_at > ?";
const TAKE = `INSERT INTO leases (name, holder, token, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT (name)
  DO UPDATE SET holder = excluded.holder, token = excluded.token, expires_at = excluded.expires_at`;
const HELD = "name = ? AND token = ? AND expires_at > ?";
const RENEW = `UPDATE leases SET expires_at = max(expires_at, ?) WHERE ${HELD} RETURNING *`;
const RELEASE = `UPDATE leases SET expires_at = ? WHERE ${HELD}`;
const FORGET = "DELETE FROM leases WHERE expires_at <= ?";

/** Names are many over time (one a claim, a session): old rows go, and one sequence keeps all tokens growing. */
export function createSqliteLeases(database: Database, clock: Clock): LeaseStore {
  const nextToken = createSequence(database, "lease_token");
  return {
    async acquire(name, holder, ttlMs) {
      checkKey(name);
      checkDuration(ttlMs);
      const now = clock.now();
      const held = database.get(LIVE, name, now);
      if (held !== undefined && held["holder"] !== holder) return undefined;
      database.run(FORGET, now - FINISHED_KEPT_MS);
      const lease = { name, holder, token: nextToken(), expiresAtMs: Math.ceil(now + ttlMs) };
      database.run(TAKE, name, holder, lease.token, lease.expiresAtMs);
      return lease;
    },
    async renew({ name, token }, ttlMs) {
      checkDuration(ttlMs);
      const now = clock.now();
      return leaseOf(database.get(RENEW, Math.ceil(now + ttlMs), name, token, now));
    },
    async release({ name, token }) {
      const now = clock.now();
      database.run(RELEASE, now, name, token, now);
    },
    get: async (name) => leaseOf(database.get(LIVE, name, clock.now())),
  };
}

function leaseOf(row: Row | undefined): Lease | undefined {
  if (row === undefined) return undefined;
  return {
    name: String(row["name"]),
    holder: String(row["holder"]),
    token: Number(row["token"]),
    expiresAtMs: Number(row["expires_at"]),
  };
}
