/**
 * What a legacy worker may ask in the middle of a call: sampling, elicitation, roots. Here such a question will be
 * parked until the client has answered it; until then the worker is told no at once, so that it goes on.
 */
import type { Answer } from "../contract.ts";

/** Declared to legacy workers at `initialize`: only what questions we can carry to a client. */
export const CARRIED_CAPABILITIES: Record<string, unknown> = {};

const CLIENT_METHODS = new Set(["sampling/createMessage", "elicitation/create", "roots/list"]);

/** Answers a worker's request. Never rejects, never waits on a client. */
export async function answerWorker(method: string): Promise<Answer> {
  if (method === "ping") return { kind: "result", result: { text: "{}" } };
  const message = CLIENT_METHODS.has(method)
    ? `The client cannot be asked ${method} through this gateway.`
    : `Unknown method ${method.slice(0, 100)}.`;
  return { kind: "error", error: { code: -32601, message } };
}
