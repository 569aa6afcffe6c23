/** Which steps may begin, and which never will. Pure. */
import type { BatchStep, ItemEnd, ItemError } from "../../protocol/batches.ts";
import { pointed, stepOf } from "./pointer.ts";
import { orderOf } from "./read-steps.ts";

export interface NextSteps {
  /** All they need has succeeded. By place. */
  ready: number[];
  /** Something they need has not, or will not. */
  skipped: number[];
}

/** `ends` holds what has ended, by place. */
export function nextSteps(
  steps: readonly BatchStep[],
  ends: ReadonlyMap<number, ItemEnd>,
): NextSteps {
  const placeOf = new Map(steps.map(({ id }, place) => [id, place]));
  const all = new Map(ends);
  const next: NextSteps = { ready: [], skipped: [] };
  for (const place of orderOf(steps)) {
    if (all.has(place)) continue;
    const needs = (steps[place]?.after ?? []).map((id) => all.get(placeOf.get(id) ?? -1));
    if (needs.some((end) => end !== undefined && end !== "succeeded")) {
      all.set(place, "skipped");
      next.skipped.push(place);
    } else if (needs.every((end) => end === "succeeded")) next.ready.push(place);
  }
  return next;
}

/** The arguments of a step whose needs are met. `results` holds parsed results, by step id. */
export function argumentsFor(
  { arguments: given = {}, from = {} }: BatchStep,
  results: ReadonlyMap<string, unknown>,
): { found: Record<string, unknown> } | { error: ItemError } {
  const taken: [string, unknown][] = [];
  for (const [name, pointer] of Object.entries(from)) {
    const value = pointed(pointer, results.get(stepOf(pointer) ?? ""));
    if (value === undefined) {
      const message = `There is nothing at ${pointer.slice(0, 200)}; the result was another, or too long to be kept.`;
      return { error: { code: "bad_request", message } };
    }
    taken.push([name, value]);
  }
  return { found: { ...given, ...Object.fromEntries(taken) } };
}
