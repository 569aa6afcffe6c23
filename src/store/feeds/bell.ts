/** Wakes one waiter. A ring while nobody waits is remembered; an aborted signal rings too. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, or at once after one that was not yet heard. */
  rung(): Promise<void>;
  dispose(): void;
}

export function createBell(signal: AbortSignal): Bell {
  let isRinging = signal.aborted;
  let wake: (() => void) | undefined;
  const ring = (): void => {
    if (wake === undefined) isRinging = true;
    wake?.();
    wake = undefined;
  };
  signal.addEventListener("abort", ring);
  return {
    ring,
    rung: () =>
      new Promise((resolve) => {
        if (!isRinging) wake = resolve;
        else resolve();
        isRinging = false;
      }),
    dispose: () => signal.removeEventListener("abort", ring),
  };
}
