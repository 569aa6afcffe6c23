/**
 * What a call under way asks of its client, as questions of the task that it has become. Keys of a call are unique in
 * one round; keys of a task are unique for its life (Tasks extension, "Task Update Requests").
 */
import { isRecord } from "../../protocol/jsonrpc.ts";
import { members } from "../../protocol/raw-json.ts";

export interface Round {
  /** By the task's keys. */
  inputRequests: Record<string, unknown>;
  /** The task's key → the call's. */
  inner: Map<string, string>;
  requestState: string | undefined;
}

/** Reads an `input_required` result. `used` holds every key of the task so far, and gets the new ones. */
export function readRound(text: string, used: Set<string>): Round {
  const raw = members(text);
  const asked: unknown = JSON.parse(raw.get("inputRequests") ?? "{}");
  const state: unknown = JSON.parse(raw.get("requestState") ?? "null");
  const inputRequests: Record<string, unknown> = {};
  const inner = new Map<string, string>();
  for (const [key, question] of Object.entries(isRecord(asked) ? asked : {})) {
    const unique = uniqueKey(key, used);
    used.add(unique);
    inner.set(unique, key);
    inputRequests[unique] = question;
  }
  return { inputRequests, inner, requestState: typeof state === "string" ? state : undefined };
}

function uniqueKey(key: string, used: ReadonlySet<string>): string {
  if (!used.has(key) && key !== "__proto__") return key;
  for (let count = 2; ; count += 1) {
    const next = `${key}-${count}`;
    if (!used.has(next)) return next;
  }
}

/** The answers of a task's client, by the keys of the call; undefined while some are missing. */
export function answersFor(
  { inner }: Round,
  given: ReadonlyMap<string, unknown>,
): Record<string, unknown> | undefined {
  const answers: [string, unknown][] = [];
  for (const [outer, key] of inner) {
    if (!given.has(outer)) return undefined;
    answers.push([key, given.get(outer)]);
  }
  return Object.fromEntries(answers);
}
