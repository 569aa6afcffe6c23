import type { Fence, Lease, LeaseStore } from "../contract.ts";
import { checkDuration, checkKey, FINISHED_KEPT_MS } from "../limits.ts";
import type { Parts } from "./parts.ts";

interface Row {
  holder: string;
  token: number;
  expiresAtMs: number;
}

export interface MemoryLeases {
  leases: LeaseStore;
  isNewest: (fence: Fence) => boolean;
}

const FIRST_SWEEP = 1_000;

export function createMemoryLeases({ clock, checkOpen }: Parts): MemoryLeases {
  const rows = new Map<string, Row>();
  let sweepAt = FIRST_SWEEP;
  // One sequence for all names: tokens keep growing although old rows are forgotten.
  let token = 0;

  const live = (name: string): Row | undefined => {
    checkOpen();
    const row = rows.get(name);
    return row !== undefined && row.expiresAtMs > clock.now() ? row : undefined;
  };
  const holds = (lease: Lease): Row | undefined => {
    const row = live(lease.name);
    return row?.token === lease.token ? row : undefined;
  };
  const forgetOld = (): void => {
    if (rows.size < sweepAt) return;
    const before = clock.now() - FINISHED_KEPT_MS;
    for (const [name, row] of rows) if (row.expiresAtMs <= before) rows.delete(name);
    sweepAt = Math.max(FIRST_SWEEP, rows.size * 2);
  };

  const leases: LeaseStore = {
    async acquire(name, holder, ttlMs) {
      checkKey(name);
      checkDuration(ttlMs);
      const held = live(name);
      if (held !== undefined && held.holder !== holder) return undefined;
      forgetOld();
      token += 1;
      const row = { holder, token, expiresAtMs: clock.now() + ttlMs };
      rows.set(name, row);
      return { name, ...row };
    },
    async renew(lease, ttlMs) {
      checkDuration(ttlMs);
      const row = holds(lease);
      if (row === undefined) return undefined;
      row.expiresAtMs = Math.max(row.expiresAtMs, clock.now() + ttlMs);
      return { name: lease.name, ...row };
    },
    async release(lease) {
      const row = holds(lease);
      if (row !== undefined) row.expiresAtMs = clock.now();
    },
    async get(name) {
      const row = live(name);
      return row === undefined ? undefined : { name, ...row };
    },
  };
  return { leases, isNewest: (fence) => rows.get(fence.name)?.token === fence.token };
}
