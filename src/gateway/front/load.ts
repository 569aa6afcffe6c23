import { createBag } from "../bag.ts";

/** Knows the calls under way: refuses beyond the bound and while draining, and can give up what is left. */

export interface Load {
  /**
   * Makes room for one call, or undefined when there is none or none is wanted any more. `abort` gives the call up.
   * The returned function says that it is over; idempotent.
   */
  enter(abort: () => void): (() => void) | undefined;
  readonly inFlight: number;
  readonly draining: boolean;
  /** From now on `enter` refuses. Resolves when nothing is under way. */
  drain(): Promise<void>;
  /** Aborts what is still under way. */
  abandon(): void;
}

export function createLoad(maxInFlight: number): Load {
  const calls = createBag<() => void>();
  let draining = false;
  const empty = Promise.withResolvers<void>();
  const settle = (): void => {
    if (draining && calls.size === 0) empty.resolve();
  };
  return {
    enter(abort) {
      if (draining || calls.size >= maxInFlight) return undefined;
      const place = calls.add(abort);
      let isIn = true;
      return () => {
        if (!isIn) return;
        isIn = false;
        calls.remove(place);
        settle();
      };
    },
    get inFlight() {
      return calls.size;
    },
    get draining() {
      return draining;
    },
    drain() {
      draining = true;
      settle();
      return empty.promise;
    },
    abandon() {
      for (const abort of calls) abort();
    },
  };
}
