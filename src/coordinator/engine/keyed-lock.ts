/** One at a time per key, in the order of asking. Passes and API requests for one worker take turns by it. */

export type KeyedLock = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function createKeyedLock(): KeyedLock {
  const tails = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const before = tails.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    // The tail never rejects: the next in line does not care how this one ended.
    const tail = mine.then(nothing, nothing);
    tails.set(key, tail);
    try {
      return await mine;
    } finally {
      if (tails.get(key) === tail) tails.delete(key);
    }
  };
}

const nothing = (): void => {};
