/**
 * The shape of every reconciler: a pure function of what is wanted, what is seen and the time. It holds no state, so
 * running it twice, late, or after a crash is always right.
 */
import type { Action } from "./actions.ts";

export interface Step<A = Action> {
  /** In the order they should be done. Each is idempotent. */
  actions: A[];
  /** Look again at this time even if nothing is heard; absent when only a change matters. */
  lookAgainAtMs?: number;
}

export const NOTHING: Step = { actions: [] };

/** One step out of several: all actions in order, the earliest next look. */
export function joinSteps(steps: readonly Step[]): Step {
  const lookAgainAtMs = earliest(steps.map((step) => step.lookAgainAtMs));
  const actions = steps.flatMap((step) => step.actions);
  return lookAgainAtMs === undefined ? { actions } : { actions, lookAgainAtMs };
}

export function earliest(times: readonly (number | undefined)[]): number | undefined {
  let first: number | undefined;
  for (const time of times) {
    if (time !== undefined && (first === undefined || time < first)) first = time;
  }
  return first;
}

/** A step that only asks to be run again. */
export function lookAgain(atMs: number): Step {
  return { actions: [], lookAgainAtMs: atMs };
}
