/** One timer for everything that wants to be called now and then, instead of one timer per request. */
import type { Clock, Timer } from "../../protocol/clock.ts";

export interface Pulse {
  /** Calls `beat` about every period until the returned function is called. */
  add(beat: () => void): () => void;
  stop(): void;
}

export function createPulse(clock: Clock, periodMs: number): Pulse {
  const beats = new Set<() => void>();
  let timer: Timer | undefined;
  const arm = (): void => {
    timer ??= clock.after(periodMs, () => {
      timer = undefined;
      for (const beat of beats) beat();
      if (beats.size > 0) arm();
    });
  };
  return {
    add(beat) {
      beats.add(beat);
      arm();
      return () => void beats.delete(beat);
    },
    stop() {
      beats.clear();
      timer?.cancel();
      timer = undefined;
    },
  };
}
