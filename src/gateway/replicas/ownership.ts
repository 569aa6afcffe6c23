/**
 * Who holds what can be held only once. A pipe to a drone, and the one conversation that a legacy drone allows on it,
 * live in the process that started the drone: the owner of that node's drones. A lease with a fencing token says which
 * process that is; a record says where it is reached. Everyone else forwards calls to it.
 */
import type { Clock, Timer } from "../../protocol/clock.ts";
import { FlotillaError, messageOf } from "../../protocol/errors.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import type { Lease, Store } from "../../store/contract.ts";
import type { Telemetry } from "../../telemetry/index.ts";

export const OWNER_PREFIX = "owner/";

export interface OwnerRecord {
  node: string;
  /** Where its link is opened; what it means is between the composition roots (a socket path on one machine). */
  address: string;
  /** Of the lease. A request that carries another one was meant for somebody else. */
  token: number;
}

export interface Ownership {
  readonly token: number;
  /** Resolves when the lease is lost, never after `release`. From then on nothing may be served as the owner. */
  readonly lost: Promise<void>;
  /** Takes the record away and frees the lease. Idempotent. */
  release(): Promise<void>;
}

export interface ClaimOptions {
  store: Pick<Store, "records" | "leases">;
  node: string;
  address: string;
  clock: Clock;
  telemetry: Telemetry;
}

const LEASE_MS = 15_000;
const RENEW_MS = 5_000;

/**
 * Becomes the owner of a node. The node itself is the holder: a process that starts again on it takes over at once,
 * with a newer token that fences whatever is left of the one before. Rejects with `lease_lost` if another node has it.
 */
export async function claimOwnership(options: ClaimOptions): Promise<Ownership> {
  const { store, node, address } = options;
  const name = `${OWNER_PREFIX}${node}`;
  const lease = await store.leases.acquire(name, node, LEASE_MS);
  if (lease === undefined) {
    throw new FlotillaError("lease_lost", `Another process owns the drones of ${node}.`, {
      hint: "Stop it, or give this machine another node name.",
    });
  }
  const record: OwnerRecord = { node, address, token: lease.token };
  const written = await store.records.put(name, record, { fence: lease });
  if (!written.ok) {
    throw new FlotillaError("lease_lost", `Another process took over the drones of ${node}.`);
  }
  return keepOwnership(options, lease);
}

function keepOwnership(options: ClaimOptions, first: Lease): Ownership {
  const { store, clock, telemetry } = options;
  const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
  let lease = first;
  let timer: Timer | undefined;
  let released = false;

  async function renew(): Promise<void> {
    try {
      const renewed = await store.leases.renew(lease, LEASE_MS);
      if (released) return;
      if (renewed === undefined) return lose();
      lease = renewed;
    } catch (error) {
      telemetry.log.warn("renewing the ownership failed", { reason: messageOf(error) });
      // Nobody else can have it before it expires; after that, somebody may.
      if (clock.now() >= lease.expiresAtMs) return lose();
    }
    renewLater();
  }
  function renewLater(): void {
    timer = clock.after(RENEW_MS, () => void renew());
  }
  renewLater();
  return {
    token: first.token,
    lost,
    async release() {
      if (released) return;
      released = true;
      timer?.cancel();
      await store.records.delete(first.name, { fence: lease });
      await store.leases.release(lease);
    },
  };
}

export function readOwner(value: unknown): OwnerRecord | undefined {
  if (!isRecord(value)) return undefined;
  const { node, address, token } = value;
  if (typeof node !== "string" || typeof address !== "string" || typeof token !== "number") {
    return undefined;
  }
  return { node, address, token };
}
