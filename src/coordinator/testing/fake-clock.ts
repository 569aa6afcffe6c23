/** A clock that stands still until told. Timers fire in order of their time, one `advance` after another. */
import type { Clock, Timer } from "../../protocol/clock.ts";

export interface FakeClock extends Clock {
  /**
   * Moves on by `ms`. After each due timer everything that follows from it is let happen, at the timer's own time.
   */
  advance(ms: number): Promise<void>;
  /** The wall clock alone jumps. */
  jump(ms: number): void;
}

interface Waiting {
  atMs: number;
  order: number;
  fire: () => void;
}

/** `settle` resolves when all promises that can go on have gone on. */
export function createFakeClock(
  settle: () => Promise<void>,
  startMs = 1_700_000_000_000,
): FakeClock {
  let monotonic = 0;
  let wall = startMs;
  let order = 0;
  const timers = new Set<Waiting>();

  const nextDue = (untilMs: number): Waiting | undefined => {
    let next: Waiting | undefined;
    for (const timer of timers) {
      if (timer.atMs > untilMs) continue;
      if (
        next === undefined ||
        timer.atMs < next.atMs ||
        (timer.atMs === next.atMs && timer.order < next.order)
      ) {
        next = timer;
      }
    }
    return next;
  };
  const moveTo = (atMs: number): void => {
    if (atMs <= monotonic) return;
    wall += atMs - monotonic;
    monotonic = atMs;
  };
  return {
    now: () => wall,
    monotonicMs: () => monotonic,
    after(delayMs, fire): Timer {
      order += 1;
      const timer = { atMs: monotonic + Math.max(0, delayMs), order, fire };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    async advance(ms) {
      const untilMs = monotonic + ms;
      await settle();
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        moveTo(timer.atMs);
        timers.delete(timer);
        timer.fire();
        await settle();
      }
      moveTo(untilMs);
      await settle();
    },
    jump(ms) {
      wall += ms;
    },
  };
}
