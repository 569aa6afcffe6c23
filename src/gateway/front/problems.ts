/** Answers for requests that never become a call. Every one is typed and says what to do next. */
import { encodeError } from "../../protocol/jsonrpc.ts";
import type { JsonRpcId, WireError } from "../../protocol/jsonrpc.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import { WIRE, toWireError } from "../../protocol/wire-errors.ts";
import type { Answer } from "./exchange.ts";

/** A JSON-RPC error with an HTTP status. `id` is null when the request's own could not be read. */
export function rpcProblem(status: number, error: WireError, id: JsonRpcId | null = null): Answer {
  return { status, body: encodeError(id, error) };
}

export function invalidRequest(status: number, message: string, id?: JsonRpcId | null): Answer {
  return rpcProblem(status, { code: WIRE.invalidRequest, message }, id);
}

export function localProblem(status: number, error: FlotillaError, id?: JsonRpcId | null): Answer {
  const retryAfterMs = error.retryAfterMs;
  const answer = rpcProblem(status, toWireError(error), id);
  if (retryAfterMs === undefined) return answer;
  return { ...answer, headers: { "retry-after": String(Math.ceil(retryAfterMs / 1000)) } };
}

export const ACCEPTED: Answer = { status: 202, body: "" };

export const wrongMediaType = (): Answer =>
  invalidRequest(415, "Send the message as Content-Type: application/json.");

export const notAcceptable = (needs: string): Answer =>
  invalidRequest(406, `This request needs an Accept header that allows ${needs}.`);

export const methodNotAllowed = (allow: string): Answer => ({
  ...invalidRequest(405, `Use one of: ${allow}.`),
  headers: { allow },
});

export const unknownWorker = (worker: string): Answer =>
  localProblem(
    404,
    new FlotillaError("worker_unknown", `There is no worker named "${worker.slice(0, 64)}".`, {
      hint: "GET /health lists the workers; /mcp offers all of them.",
      data: { worker: worker.slice(0, 64) },
    }),
  );

export const bodyTooLarge = (maxBytes: number): Answer =>
  localProblem(
    413,
    new FlotillaError("message_too_large", `The body is larger than ${maxBytes} bytes.`, {
      hint: "Send less at once, or raise the gateway's body limit.",
    }),
  );

export const overloaded = (what: string, id?: JsonRpcId): Answer =>
  localProblem(
    503,
    new FlotillaError("overloaded", `The gateway is at its limit of ${what}.`, {
      retryable: true,
      retryAfterMs: 1000,
      hint: "Try again shortly.",
    }),
    id,
  );

export const shuttingDown = (): Answer =>
  localProblem(
    503,
    new FlotillaError("overloaded", "The gateway is shutting down.", {
      retryable: true,
      retryAfterMs: 1000,
    }),
  );
