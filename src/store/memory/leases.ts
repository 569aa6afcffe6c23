import type { Clock } from "../../protocol/clock.ts";
import type { Fence, Lease, LeaseStore } from "../contract.ts";
import { checkKey } from "../limits.ts";

interface Row {
  holder: string;
  token: number;
  /** 0 when released. The row stays, so that tokens keep growing. */
  expiresAtMs: number;
}

export interface MemoryLeases {
  leases: LeaseStore;
  isNewest(fence: Fence): boolean;
}

export function createMemoryLeases(clock: Clock): MemoryLeases {
  const rows = new Map<string, Row>();
  const live = (name: string): Row | undefined => {
    const row = rows.get(name);
    return row !== undefined && row.expiresAtMs > clock.now() ? row : undefined;
  };
  const holds = (lease: Lease): Row | undefined => {
    const row = live(lease.name);
    return row?.token === lease.token ? row : undefined;
  };
  const leases: LeaseStore = {
    async acquire(name, holder, ttlMs) {
      checkKey(name);
      const held = live(name);
      if (held !== undefined && held.holder !== holder) return undefined;
      const token = (rows.get(name)?.token ?? 0) + 1;
      const row = { holder, token, expiresAtMs: clock.now() + ttlMs };
      rows.set(name, row);
      return { name, ...row };
    },
    async renew(lease, ttlMs) {
      const row = holds(lease);
      if (row === undefined) return undefined;
      row.expiresAtMs = clock.now() + ttlMs;
      return { name: lease.name, ...row };
    },
    async release(lease) {
      const row = holds(lease);
      if (row !== undefined) row.expiresAtMs = 0;
    },
    async get(name) {
      const row = live(name);
      return row === undefined ? undefined : { name, ...row };
    },
  };
  return { leases, isNewest: (fence) => rows.get(fence.name)?.token === fence.token };
}
