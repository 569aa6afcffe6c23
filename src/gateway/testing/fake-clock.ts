/** Time that stands still until a test moves it. */
import type { Clock, Timer } from "../../protocol/clock.ts";

export interface FakeClock extends Clock {
  /** Fires what falls due, in order, letting promises settle between. */
  advance(ms: number): Promise<void>;
  /** Timers that wait. */
  pending(): number;
}

export function fakeClock(startMs = 1_000_000): FakeClock {
  let nowMs = startMs;
  const timers = new Set<{ dueMs: number; fire(): void }>();
  const next = (untilMs: number): { dueMs: number; fire(): void } | undefined =>
    [...timers].filter(({ dueMs }) => dueMs <= untilMs).toSorted((a, b) => a.dueMs - b.dueMs)[0];
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, fire): Timer {
      const timer = { dueMs: nowMs + delayMs, fire };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    pending: () => timers.size,
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (let timer = next(untilMs); timer !== undefined; timer = next(untilMs)) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.dueMs);
        timer.fire();
        await settle();
      }
      nowMs = untilMs;
    },
  };
}

/** Lets everything that waits on promises alone come to rest. */
export async function settle(): Promise<void> {
  // A turn of the event loop, not a wait: bodies of requests are read through streams.
  for (let turn = 0; turn < 3; turn++) {
    await new Promise<void>((resolve) => void setTimeout(resolve, 0));
  }
}
