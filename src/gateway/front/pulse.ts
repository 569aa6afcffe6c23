/** One timer for everything that wants to be called now and then, instead of one timer per request. */
import { createBag } from "../bag.ts";
import type { Clock, Timer } from "../../protocol/clock.ts";

export interface Pulse {
  /** Calls `beat` about every period until the returned function is called. */
  add(beat: () => void): () => void;
  stop(): void;
}

export function createPulse(clock: Clock, periodMs: number): Pulse {
  const beats = createBag<() => void>();
  let timer: Timer | undefined;
  let isOver = false;
  const arm = (): void => {
    if (isOver) return;
    timer ??= clock.after(periodMs, () => {
      timer = undefined;
      for (const beat of beats) beat();
      if (beats.size > 0) arm();
    });
  };
  return {
    add(beat) {
      const place = beats.add(beat);
      let isIn = true;
      arm();
      return () => {
        if (isIn) beats.remove(place);
        isIn = false;
      };
    },
    stop() {
      isOver = true;
      timer?.cancel();
      timer = undefined;
    },
  };
}
