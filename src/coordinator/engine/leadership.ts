/**
 * Who may act. The leader holds a fenced lease; every write carries its token, so a leader that was paused and wakes
 * up as a former one can change nothing.
 */
import type { Clock, Timer } from "../../protocol/clock.ts";
import { FlotillaError, messageOf } from "../../protocol/errors.ts";
import type { Fence, Lease, LeaseStore } from "../../store/contract.ts";
import type { Logger } from "../../telemetry/index.ts";

export const LEADER_LEASE = "coordinator/leader";

export interface Leadership {
  /** The token for a write. Throws `lease_lost` when this coordinator does not lead. */
  fence(): Fence;
  leads(): boolean;
  /** Tries once at once, then keeps trying or renewing until `resign`. */
  campaign(): Promise<void>;
  /** A write was refused by the fence: somebody newer leads. */
  dethroned(): void;
  /** Gives the lease back, so that a stand-by need not wait for it to run out. */
  resign(): Promise<void>;
}

export interface LeadershipOptions {
  leases: LeaseStore;
  holder: string;
  ttlMs: number;
  clock: Clock;
  log: Logger;
  onGained: () => void;
  onLost: () => void;
}

interface Reign {
  lease: Lease | undefined;
  /** Monotonic, counted from before the request left: we stop believing before the store does. */
  validUntilMs: number;
  timer: Timer | undefined;
  resigned: boolean;
}

export function createLeadership(options: LeadershipOptions): Leadership {
  const reign: Reign = { lease: undefined, validUntilMs: 0, timer: undefined, resigned: false };
  const leads = (): boolean => isValid(reign, options);
  const tick = async (): Promise<void> => {
    await attempt(reign, options);
    if (!reign.resigned) reign.timer = options.clock.after(options.ttlMs / 3, () => void tick());
  };
  return {
    fence() {
      if (reign.lease !== undefined && leads()) {
        return { name: reign.lease.name, token: reign.lease.token };
      }
      throw new FlotillaError("lease_lost", "This coordinator does not lead the fleet.", {
        retryable: true,
        retryAfterMs: options.ttlMs,
        hint: "Ask again; another coordinator takes over within seconds.",
      });
    },
    leads,
    campaign: tick,
    dethroned: () => lose(reign, options),
    async resign() {
      reign.resigned = true;
      reign.timer?.cancel();
      const held = reign.lease;
      reign.lease = undefined;
      if (held !== undefined) await options.leases.release(held).catch(() => undefined);
    },
  };
}

function isValid(reign: Reign, { clock }: LeadershipOptions): boolean {
  return reign.lease !== undefined && clock.monotonicMs() < reign.validUntilMs;
}

function lose(reign: Reign, options: LeadershipOptions): void {
  if (reign.lease === undefined) return;
  reign.lease = undefined;
  options.log.warn("leadership lost");
  options.onLost();
}

/** Acquires or renews. Without an answer a lease is believed until its time is up, not longer. */
async function attempt(reign: Reign, options: LeadershipOptions): Promise<void> {
  const { leases, holder, ttlMs } = options;
  const askedAtMs = options.clock.monotonicMs();
  const held = reign.lease;
  try {
    const got = await (held === undefined
      ? leases.acquire(LEADER_LEASE, holder, ttlMs)
      : leases.renew(held, ttlMs));
    // Dethroned, or resigned, while asking.
    if (reign.lease !== held || reign.resigned) return await giveBack(got, options);
    if (got === undefined) return lose(reign, options);
    reign.lease = got;
    reign.validUntilMs = askedAtMs + ttlMs;
    if (held === undefined) options.onGained();
  } catch (error) {
    options.log.warn("lease request failed", { error: messageOf(error) });
    if (!isValid(reign, options)) lose(reign, options);
  }
}

async function giveBack(got: Lease | undefined, { leases }: LeadershipOptions): Promise<void> {
  if (got !== undefined) await leases.release(got);
}
