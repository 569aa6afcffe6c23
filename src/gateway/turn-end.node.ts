/**
 * Writes to many sockets, made together at the end of the event loop's turn. Each write wakes whoever reads; made one
 * after the other they find the reader awake, made with work in between they find it asleep again, and waking costs more
 * than writing (measured on a virtual machine: a third of a call).
 */

export interface Writing {
  /** Writes what was held back. */
  writeNow(): void;
}

export interface TurnEnd {
  /** Has `writeNow` called once, at the latest at the end of this turn. Whoever is added twice is called twice. */
  add(writing: Writing): void;
  /** Does not wait for the end of the turn. */
  flush(): void;
}

/** As much as is worth holding back; a turn that has more writes in between. */
const MAX_HELD = 256;

export function createTurnEnd(): TurnEnd {
  let held: Writing[] = [];
  let isScheduled = false;

  function flush(): void {
    const ready = held;
    held = [];
    for (const writing of ready) writing.writeNow();
  }
  function onEnd(): void {
    isScheduled = false;
    flush();
  }
  return {
    add(writing) {
      held.push(writing);
      if (held.length >= MAX_HELD) flush();
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(onEnd);
    },
    flush,
  };
}
