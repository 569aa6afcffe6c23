/** What a legacy worker is told about its client, and what it is answered when no client can be asked. */
import { allCapabilities } from "../../interactive/capabilities.ts";
import type { Answer } from "../contract.ts";

/**
 * Declared where one `initialize` serves every client: over a pipe there is one handshake per process, so the worker
 * is told of everything that some client may have, and is refused what the client at hand has not.
 */
export const CARRIED_CAPABILITIES: Record<string, unknown> = allCapabilities();

const CLIENT_METHODS = new Set(["sampling/createMessage", "elicitation/create", "roots/list"]);

/** Answers a request of a worker that belongs to no call: nobody is there to be asked. */
export function answerWorker(method: string): Answer {
  if (method === "ping") return { kind: "result", result: { text: "{}" } };
  const message = CLIENT_METHODS.has(method)
    ? `No client can be asked ${method} now: only during a call of one that supports it.`
    : `Unknown method ${method.slice(0, 100)}.`;
  return { kind: "error", error: { code: -32601, message } };
}
