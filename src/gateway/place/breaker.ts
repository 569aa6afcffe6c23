/**
 * A circuit breaker: closed while calls succeed, open after too many failures, half-open when one call may try again.
 * Pure: time and outcomes are handed in. (M. Nygard, Release It!, "Circuit Breaker".)
 */

export interface BreakerPolicy {
  /** So many failures in a row open it. */
  failuresInRow: number;
  /** So does this share of the latest results, once there are `leastResults` of them. */
  failureShare: number;
  leastResults: number;
  /** First time it stays open; doubles with each failed trial. */
  openMs: number;
  maxOpenMs: number;
}

export const DEFAULT_BREAKER: BreakerPolicy = {
  failuresInRow: 5,
  failureShare: 0.5,
  leastResults: 20,
  openMs: 5_000,
  maxOpenMs: 60_000,
};

export interface Breaker {
  /** False while open, and while its one trial is under way. */
  allows(nowMs: number): boolean;
  /** A call was let through; in the half-open state it is the trial. */
  began(nowMs: number): void;
  /** `undefined`: it says nothing about the other side (cancelled, say). */
  ended(ok: boolean | undefined, nowMs: number): void;
  state(nowMs: number): BreakerState;
  /** When it is half-open next; now when it is not open. */
  retryAtMs(nowMs: number): number;
}

export type BreakerState = "closed" | "open" | "half_open";

/** Older results weigh less and less: about the last forty count. */
const KEEP = 0.975;

export function createBreaker(policy: BreakerPolicy = DEFAULT_BREAKER): Breaker {
  let inRow = 0;
  let failures = 0;
  let results = 0;
  /** Times it opened without a success in between. */
  let openings = 0;
  let openUntilMs = 0;
  let isTrying = false;

  const open = (nowMs: number): void => {
    openUntilMs = nowMs + Math.min(policy.openMs * 2 ** openings, policy.maxOpenMs);
    openings += 1;
    inRow = 0;
    failures = 0;
    results = 0;
  };
  const isTripped = (): boolean =>
    inRow >= policy.failuresInRow ||
    (results >= policy.leastResults && failures / results >= policy.failureShare);
  const state = (nowMs: number): BreakerState => {
    if (openings === 0) return "closed";
    return nowMs < openUntilMs ? "open" : "half_open";
  };

  return {
    state,
    allows(nowMs) {
      if (openings === 0) return true;
      return nowMs >= openUntilMs && !isTrying;
    },
    began(nowMs) {
      if (state(nowMs) === "half_open") isTrying = true;
    },
    ended(ok, nowMs) {
      const wasTrial = isTrying;
      isTrying = false;
      if (ok === undefined) return;
      if (openings > 0) {
        // What was sent before it opened proves nothing about now.
        if (!wasTrial) return;
        if (ok) openings = 0;
        else open(nowMs);
        return;
      }
      results = results * KEEP + 1;
      failures = failures * KEEP + (ok ? 0 : 1);
      inRow = ok ? 0 : inRow + 1;
      if (isTripped()) open(nowMs);
    },
    retryAtMs: (nowMs) => (openings === 0 ? nowMs : Math.max(nowMs, openUntilMs)),
  };
}
