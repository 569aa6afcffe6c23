/** Questions of workers and answers of clients, between the modern form (`inputRequests`) and the legacy one. */
import { isRecord, type JsonRpcId } from "../../protocol/jsonrpc.ts";
import { neededBy } from "./capabilities.ts";

/** A question in the modern form: the value of one key of `inputRequests`. */
export interface Question {
  method: string;
  params: Record<string, unknown>;
}

/** One result asks at most so many things. A worker has no honest reason for more, and each is held in memory. */
export const MAX_QUESTIONS = 32;

/** In a question's `_meta`: the key that a legacy worker would like it to have. */
const KEY_HINT = "flotilla/inputKey";

/** A legacy worker's request as a modern question, and what the worker calls it. */
export function modernQuestion(
  method: string,
  params: Record<string, unknown>,
  id?: JsonRpcId,
): { question: Question; name: JsonRpcId | undefined } {
  // The modern era has no `elicitationId`: the call itself is the thread.
  const { elicitationId: _, _meta: meta, ...rest } = params;
  const { [KEY_HINT]: hint, ...kept } = isRecord(meta) ? meta : {};
  const all = Object.keys(kept).length === 0 ? rest : { ...rest, _meta: kept };
  return { question: { method, params: all }, name: typeof hint === "string" ? hint : id };
}

/** The questions of an `input_required` result by key, in its order; undefined when it cannot be read. */
export function questionsOf(result: Record<string, unknown>): Map<string, Question> | undefined {
  const { inputRequests } = result;
  if (inputRequests === undefined) return new Map();
  if (!isRecord(inputRequests)) return undefined;
  const entries = Object.entries(inputRequests);
  if (entries.length > MAX_QUESTIONS) return undefined;
  const questions = new Map<string, Question>();
  for (const [key, value] of entries) {
    if (!isRecord(value) || typeof value["method"] !== "string") return undefined;
    const { method, params } = value;
    if (params !== undefined && !isRecord(params)) return undefined;
    if (neededBy(method, params ?? {}) === undefined) return undefined;
    questions.set(key, { method, params: params ?? {} });
  }
  return questions;
}

const ACTIONS = new Set(["accept", "decline", "cancel"]);

/** Whether a client's answer has the shape of one, so that a worker is never handed nonsense as an answer. */
export function isAnswerTo(question: Question, answer: unknown): answer is Record<string, unknown> {
  if (!isRecord(answer)) return false;
  switch (question.method) {
    case "elicitation/create":
      return typeof answer["action"] === "string" && ACTIONS.has(answer["action"]);
    case "sampling/createMessage":
      return typeof answer["role"] === "string" && answer["content"] !== undefined;
    default:
      return Array.isArray(answer["roots"]);
  }
}

/** A key a worker chose itself: short, and nothing a client could stumble over. */
const OWN_KEY = /^[A-Za-z][\w.-]{0,63}$/;

/**
 * The key of a legacy worker's question: what the worker hints at, else its JSON-RPC id if that is a name, because
 * both are what ties an answer to its question. A number says nothing and gets a key that does.
 */
export function keyFor(
  question: Question,
  name: JsonRpcId | undefined,
  taken: (key: string) => boolean,
): string {
  if (typeof name === "string" && OWN_KEY.test(name) && !taken(name)) return name;
  const kind = question.method.slice(0, question.method.indexOf("/"));
  let number = 1;
  while (taken(`${kind}-${number}`)) number += 1;
  return `${kind}-${number}`;
}
