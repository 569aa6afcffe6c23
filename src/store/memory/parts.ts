import type { Clock } from "../../protocol/clock.ts";

/** What the four parts of one memory store share. */
export interface Parts {
  clock: Clock;
  /** Throws once the store is closed. */
  checkOpen: () => void;
}
