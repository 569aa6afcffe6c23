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

const POOL_BYTES = 4_096;
const ID_BYTES = 10;

/** Ids from the platform's randomness (80 bits), drawn some hundreds at a time: each draw has a price of its own. */
export const systemNewId: NewId = createNewId();

function createNewId(): NewId {
  const pool = new Uint8Array(POOL_BYTES);
  const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
  let at = POOL_BYTES;
  return (prefix) => {
    if (at + ID_BYTES > POOL_BYTES) {
      crypto.getRandomValues(pool);
      at = 0;
    }
    let text = `${prefix}-`;
    for (const end = at + ID_BYTES; at < end; at++) text += hex[pool[at]!]!;
    return text;
  };
}
