import { type Clock, systemClock } from "../../../src/protocol/index.ts";

/** A thousand times faster: silence, grace and deadlines pass while a run lasts. */
export const hurried: Clock = {
  ...systemClock,
  after: (delayMs, fire) => systemClock.after(delayMs / 1000, fire),
};
