/** Time that passes when it is told to: a day of waiting costs a test nothing. */
import type { Clock, Timer } from "../../protocol/clock.ts";

export interface ManualClock extends Clock {
  /** Lets time pass, firing timers in order, each at its own moment. */
  pass(durationMs: number): void;
}

interface Waiting {
  atMs: number;
  fire: () => void;
}

/** Some moment of 2027; nothing depends on which. */
const START_MS = 1_800_000_000_000;
/** More than any test needs: timers that set each other for the same moment would never end. */
const MAX_FIRINGS = 1_000_000;

export function createManualClock(): ManualClock {
  let nowMs = START_MS;
  const timers = new Set<Waiting>();
  const soonest = (untilMs: number): Waiting | undefined => {
    let found: Waiting | undefined;
    for (const timer of timers) {
      if (timer.atMs <= untilMs && (found === undefined || timer.atMs < found.atMs)) found = timer;
    }
    return found;
  };
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs - START_MS,
    after(delayMs, fire): Timer {
      const timer = { atMs: nowMs + Math.max(0, delayMs), fire };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    pass(durationMs) {
      const untilMs = nowMs + durationMs;
      for (let firings = 0; firings < MAX_FIRINGS; firings += 1) {
        const timer = soonest(untilMs);
        if (timer === undefined) break;
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.atMs);
        timer.fire();
      }
      nowMs = untilMs;
    },
  };
}
