import type { Lease, LeaseStore } from "../../contract.ts";
import { checkDuration, checkKey } from "../../limits.ts";
import type { RedisLink } from "./link.ts";
import { LEASES } from "./scripts.ts";

export function createRedisLeases(link: RedisLink): LeaseStore {
  const keyOf = (name: string): string => link.key("lease", name);
  const counter = link.key("lease-token");
  return {
    async acquire(name, holder, ttlMs) {
      checkKey(name);
      checkDuration(ttlMs);
      const args = [holder, String(ttlMs)];
      return leaseOf(name, await link.run(LEASES.acquire, [keyOf(name), counter], args));
    },
    async renew({ name, token }, ttlMs) {
      checkDuration(ttlMs);
      const args = [String(token), String(ttlMs)];
      return leaseOf(name, await link.run(LEASES.renew, [keyOf(name)], args));
    },
    async release({ name, token }) {
      await link.run(LEASES.release, [keyOf(name)], [String(token)]);
    },
    get: async (name) => leaseOf(name, await link.run(LEASES.get, [keyOf(name)], [])),
  };
}

function leaseOf(name: string, reply: unknown): Lease | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [holder, token, expiresAtMs] = reply.map(String);
  return {
    name,
    holder: holder ?? "",
    token: Number(token),
    expiresAtMs: Number(expiresAtMs),
  };
}
