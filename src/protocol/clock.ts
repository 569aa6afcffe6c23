/** Time and chance are handed in, never reached for: the simulator runs the same code faster than time. */

export interface Timer {
  /** Idempotent. A cancelled timer never fires. */
  cancel(): void;
}

export interface Clock {
  /** Wall clock, milliseconds since the epoch. May jump; use it for what is stored or shown. */
  now(): number;
  /** Milliseconds that only grow. Use it for durations. */
  monotonicMs(): number;
  /** Calls `fire` once after at least `delayMs`. A pending timer never keeps a process alive. */
  after(delayMs: number, fire: () => void): Timer;
}

/** Uniform in [0, 1). */
export type Random = () => number;

/** A new identifier, never seen before: `<prefix>-<unguessable part>`, `[a-z0-9-]`, at most 40 characters. */
export type NewId = (prefix: string) => string;

/** Resolves after `delayMs`, or at once when `signal` aborts (never rejects). */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      timer.cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.after(delayMs, done);
    signal?.addEventListener("abort", done, { once: true });
  });
}
