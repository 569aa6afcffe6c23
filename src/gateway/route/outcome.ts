/** Turns what happened into what the front is told. */
import {
  FlotillaError,
  type FlotillaErrorCode,
  isFlotillaError,
  messageOf,
} from "../../protocol/errors.ts";
import { toWireError, WIRE } from "../../protocol/wire-errors.ts";
import type { RawObject } from "../../protocol/jsonrpc.ts";
import type { McpOutcome } from "../call.ts";
import type { Answer } from "../upstream/contract.ts";
import { factsOf } from "../upstream/modern/modern-client.ts";

export function outcomeOf(answer: Answer): McpOutcome {
  if (answer.kind === "error") {
    const { error } = answer;
    // basic/index, error codes: a missing client capability is the one error with an HTTP status of its own.
    return error.code === WIRE.missingCapability
      ? { kind: "error", error, httpStatus: 400 }
      : { kind: "error", error };
  }
  const kind = factsOf(answer.result).type === "input_required" ? "input_required" : "result";
  return { kind, result: answer.result };
}

export function failure(error: unknown): McpOutcome & { kind: "error" } {
  const cause = isFlotillaError(error)
    ? error
    : new FlotillaError("internal", "The gateway failed to handle the call.", { cause: error });
  const wire = toWireError(cause);
  // Names that do not exist are invalid params to the protocol (server/tools, error handling).
  const code = cause.code === "worker_unknown" ? WIRE.invalidParams : wire.code;
  return { kind: "error", error: { ...wire, code }, cause };
}

/** Whether a call that failed so may have had its effect. Unsure counts as yes. */
export function mayHaveRun({ code, data }: FlotillaError): boolean {
  if (data?.["sent"] === false) return false;
  return data?.["mayHaveRun"] === true || MAY_HAVE_RUN.has(code);
}

const MAY_HAVE_RUN: ReadonlySet<FlotillaErrorCode> = new Set([
  "call_ambiguous",
  "call_cancelled",
  "call_timeout",
  "drone_lost",
  "drone_protocol",
  "internal",
  "message_too_large",
]);

/** The same error with the worker named, which the client needs to know what to avoid. */
export function attributed(error: unknown, worker: string): FlotillaError {
  const inner = isFlotillaError(error)
    ? error
    : new FlotillaError(
        "drone_protocol",
        `The worker's answer could not be used: ${messageOf(error)}`,
      );
  if (inner.data?.["worker"] === worker) return inner;
  const message = inner.message.includes(worker) ? inner.message : `${worker}: ${inner.message}`;
  return new FlotillaError(inner.code, message, {
    retryable: inner.retryable,
    ...(inner.retryAfterMs === undefined ? {} : { retryAfterMs: inner.retryAfterMs }),
    ...(inner.hint === undefined ? {} : { hint: inner.hint }),
    data: { ...inner.data, worker },
    cause: inner,
  });
}

/** A tool that ran and reports failure. */
export function isToolError(result: RawObject): boolean {
  return factsOf(result).isError;
}
