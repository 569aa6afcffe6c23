/** Runs at most so many pieces of work at a time; the others follow in the order they came. */
export type Turns = (work: () => Promise<void>) => Promise<void>;

export function createTurns(max: number): Turns {
  const queue: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= max) await new Promise<void>((resolve) => queue.push(resolve));
    else running += 1;
    try {
      await work();
    } finally {
      // The place goes to the next one without becoming free in between.
      const next = queue.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
