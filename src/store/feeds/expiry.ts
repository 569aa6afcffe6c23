/** One timer for the soonest of many deadlines. */
import type { Clock, Timer } from "../../protocol/clock.ts";

export interface Expiry {
  /** A new deadline: the timer fires at or soon after it, if not sooner. */
  noLaterThan(atMs: number): void;
  /** Forgets the timer and sets it for this deadline; Infinity sets none. */
  next(atMs: number): void;
  cancel: () => void;
}

/** Longest a timer is set for: the wall clock may jump, and platforms cap delays at 2^31 ms. */
const MAX_DELAY_MS = 60_000;

export function createExpiry(clock: Clock, fire: () => void): Expiry {
  let timer: Timer | undefined;
  let dueAtMs = Infinity;
  const next = (atMs: number): void => {
    timer?.cancel();
    timer = undefined;
    dueAtMs = atMs;
    if (atMs === Infinity) return;
    timer = clock.after(Math.min(Math.max(0, atMs - clock.now()), MAX_DELAY_MS), fire);
  };
  return {
    noLaterThan: (atMs) => void (atMs < dueAtMs && next(atMs)),
    next,
    cancel: () => next(Infinity),
  };
}
