import type { Clock, NewId, Timer } from "./clock.ts";

/** The machine's own clock. Only composition roots and tests name it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs: number, fire: () => void): Timer {
    const handle = setTimeout(fire, delayMs);
    unref(handle);
    return { cancel: () => clearTimeout(handle) };
  },
};

/** On Node a timer is an object that can be told not to keep the process alive; elsewhere it is a number. */
function unref(handle: unknown): void {
  if (typeof handle !== "object" || handle === null || !("unref" in handle)) return;
  if (typeof handle.unref === "function") handle.unref();
}

/** Ids from the platform's cryptographic randomness (80 bits). */
export const systemNewId: NewId = (prefix) =>
  `${prefix}-${crypto.randomUUID().replaceAll("-", "").slice(0, 20)}`;
