/** Wakes one waiter. A ring while nobody waits is remembered. After `end` it rings for ever. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, or at once after one that was not yet heard. */
  rung(): Promise<void>;
  end: () => void;
  isOver(): boolean;
}

export function createBell(): Bell {
  let isRinging = false;
  let isOver = false;
  let wake: (() => void) | undefined;
  const ring = (): void => {
    if (wake === undefined) isRinging = true;
    wake?.();
    wake = undefined;
  };
  return {
    ring,
    rung: () =>
      new Promise((resolve) => {
        if (isRinging || isOver) resolve();
        else wake = resolve;
        isRinging = false;
      }),
    end() {
      isOver = true;
      ring();
    },
    isOver: () => isOver,
  };
}
