/** Steps that depend on each other: read, checked, and brought into an order in which each comes after what it needs. */
import { BATCH, type BatchStep } from "../../protocol/batches.ts";
import { isObject } from "../json.ts";
import { stepOf } from "./pointer.ts";
import { argumentsOf, refused, toolOf } from "./parts.ts";

const MAX_NEEDS = 100;
const KNOWN = new Set(["id", "tool", "arguments", "after", "from"]);

/** Throws `bad_request`. In the result `after` names all that a step needs. */
export function readSteps(value: unknown): BatchStep[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > BATCH.maxSteps) {
    throw refused(
      `"steps" must be a list of 1 to ${BATCH.maxSteps} steps.`,
      'Each has "id" and "tool".',
    );
  }
  const steps = value.map(readStep);
  const ids = new Set<string>();
  for (const { id } of steps) {
    if (ids.has(id)) throw refused(`Two steps are called "${id}".`, "Name each differently.");
    ids.add(id);
  }
  for (const { id, after = [] } of steps) {
    const unknown = after.find((need) => !ids.has(need));
    if (unknown !== undefined) {
      throw refused(`Step "${id}" needs "${unknown}", which is no step.`, "Check the name.");
    }
  }
  return steps;
}

function readStep(value: unknown, index: number): BatchStep {
  const what = `steps[${index}]`;
  if (!isObject(value)) throw refused(`${what} must be an object.`, 'Give "id" and "tool".');
  const other = Object.keys(value).find((key) => !KNOWN.has(key));
  if (other !== undefined) {
    throw refused(
      `${what} has an unknown member "${other.slice(0, 40)}".`,
      `Use ${[...KNOWN].join(", ")}.`,
    );
  }
  const { id } = value;
  if (typeof id !== "string" || !/^[A-Za-z0-9_-]{1,64}$/.test(id)) {
    throw refused(`${what}.id must be 1 to 64 letters, digits, _ or -.`, "Give it a short name.");
  }
  const from = readFrom(value["from"], what);
  const named = value["after"] ?? [];
  if (!Array.isArray(named) || !named.every((need) => typeof need === "string")) {
    throw refused(`${what}.after must be a list of step ids.`, "Leave it out if it needs none.");
  }
  const after = [...new Set([...named, ...Object.values(from).flatMap((at) => stepOf(at) ?? [])])];
  if (after.length > MAX_NEEDS) {
    throw refused(`${what} needs more than ${MAX_NEEDS} steps.`, "Gather them in steps between.");
  }
  return {
    id,
    tool: toolOf(value["tool"], `${what}.tool`),
    arguments: argumentsOf(value["arguments"] ?? {}, `${what}.arguments`),
    after,
    from,
  };
}

function readFrom(value: unknown, what: string): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value)) throw refused(`${what}.from must be an object.`, HOW);
  const pairs = Object.entries(value).map(([name, pointer]): [string, string] => {
    if (typeof pointer === "string" && stepOf(pointer) !== undefined) return [name, pointer];
    throw refused(`${what}.from["${name.slice(0, 40)}"] is no pointer to a step.`, HOW);
  });
  return Object.fromEntries(pairs);
}

const HOW = 'Map argument names to JSON pointers, as {"url": "/fetch/structuredContent/url"}.';

/** Places in `steps`, each after all that it needs. Throws `bad_request` for a circle. */
export function orderOf(steps: readonly BatchStep[]): number[] {
  const placeOf = new Map(steps.map(({ id }, place) => [id, place]));
  const missing = steps.map(({ after = [] }) => after.length);
  const dependants = steps.map((): number[] => []);
  for (const [place, { after = [] }] of steps.entries()) {
    for (const need of after) dependants[placeOf.get(need) ?? -1]?.push(place);
  }
  const order = missing.flatMap((count, place) => (count === 0 ? [place] : []));
  // Grows while it is read: whoever's last need is met joins its end.
  for (const place of order) {
    for (const next of dependants[place] ?? []) {
      const left = (missing[next] ?? 0) - 1;
      missing[next] = left;
      if (left === 0) order.push(next);
    }
  }
  if (order.length === steps.length) return order;
  const inCircle = steps.find((_step, place) => (missing[place] ?? 0) > 0);
  throw refused(
    `Step "${inCircle?.id}" waits for itself, directly or through others.`,
    "Break the circle.",
  );
}
