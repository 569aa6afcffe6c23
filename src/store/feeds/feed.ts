import { createBell, type Bell } from "./bell.ts";

/**
 * An iteration that ends when `signal` aborts, also while its reader waits. A bare generator would not: its `return`
 * is queued behind the wait that it should end.
 */
export function createFeed<T>(
  signal: AbortSignal,
  pump: (bell: Bell) => AsyncGenerator<T, void>,
): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const bell = createBell();
      const inner = started(signal, bell, pump);
      return {
        next: () => inner.next(),
        return() {
          bell.end();
          return inner.return();
        },
      };
    },
  };
}

async function* started<T>(
  signal: AbortSignal,
  bell: Bell,
  pump: (bell: Bell) => AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  if (signal.aborted) return;
  signal.addEventListener("abort", bell.end);
  try {
    yield* pump(bell);
  } finally {
    signal.removeEventListener("abort", bell.end);
  }
}
