/** How a call that cannot be bridged ends for a legacy client: truly, and where its model can read it. */
import { FlotillaError } from "../../../protocol/errors.ts";
import { isRecord } from "../../../protocol/jsonrpc.ts";
import { toWireError, WIRE } from "../../../protocol/wire-errors.ts";
import type { McpOutcome, McpRequest } from "../../call.ts";
import { declaredNeeds, type Need } from "../../interactive/capabilities.ts";

/** A tool's failure is a result that the model sees (2025-11-25 server/tools, error handling); others are errors. */
export function ended(request: McpRequest, cause: FlotillaError): McpOutcome {
  if (request.method !== "tools/call") return { kind: "error", error: toWireError(cause), cause };
  const text = cause.hint === undefined ? cause.message : `${cause.message} ${cause.hint}`;
  const result = { resultType: "complete", content: [{ type: "text", text }], isError: true };
  return { kind: "result", result: { text: JSON.stringify(result) } };
}

export function unsupported(request: McpRequest, needs: readonly string[]): McpOutcome {
  const cause = new FlotillaError(
    "not_supported",
    `The call needs to ask the client for ${needs.join(" and ")}, which this client does not support.`,
    { hint: "Use a client that does." },
  );
  return ended(request, cause);
}

export function unanswered(request: McpRequest, seconds: number): McpOutcome {
  const cause = new FlotillaError(
    "call_timeout",
    `The client did not answer the worker's question within ${seconds} seconds. The call may have run in part.`,
    { hint: "Check its effect before you start it anew." },
  );
  return ended(request, cause);
}

export function endless(request: McpRequest, rounds: number): McpOutcome {
  return ended(
    request,
    new FlotillaError(
      "drone_protocol",
      `The worker asked ${rounds} times without coming to an end.`,
    ),
  );
}

export function unreadable(request: McpRequest): McpOutcome {
  return ended(
    request,
    new FlotillaError("drone_protocol", "The worker's question to the client cannot be read."),
  );
}

/** Failures that are better results. A worker that names capabilities the client lacks (-32021) says it in a code that legacy clients do not know. */
export function translated(request: McpRequest, outcome: McpOutcome): McpOutcome {
  if (outcome.kind !== "error" || request.method !== "tools/call") return outcome;
  // The client refused a question (its own cancellation has been dealt with before).
  if (outcome.cause?.code === "call_cancelled") return ended(request, outcome.cause);
  if (outcome.error.code !== WIRE.missingCapability) return outcome;
  const { data } = outcome.error;
  const required = isRecord(data) ? data["requiredCapabilities"] : undefined;
  const needs: Need[] = isRecord(required) ? declaredNeeds(required) : [];
  return unsupported(request, needs.length === 0 ? ["input"] : needs);
}
