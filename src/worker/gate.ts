/** At most so many at a time; the rest wait in order, a bounded number of them. */
import { FlotillaError } from "../protocol/index.ts";

export interface Gate {
  /** Runs `work` when there is room. A caller whose signal aborts while it waits gives its place up and rejects. */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export function createGate(max: number, maxWaiting: number): Gate {
  let running = 0;
  const waiting: (() => void)[] = [];
  const enter = (signal: AbortSignal): Promise<void> => {
    if (running < max) {
      running += 1;
      return Promise.resolve();
    }
    if (waiting.length >= maxWaiting) {
      const error = new FlotillaError("overloaded", "Too many calls are waiting for this tool.", {
        retryable: true,
        hint: "Try again in a moment.",
      });
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(go), 1);
        reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
      };
      waiting.push(go);
      signal.addEventListener("abort", leave, { once: true });
    });
  };
  return {
    async run(work, signal) {
      await enter(signal);
      try {
        return await work();
      } finally {
        // The place passes on directly, so that a newcomer cannot overtake.
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}
