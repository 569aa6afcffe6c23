/** How the API answers: JSON, and errors whose status follows from their code. */
import type { ApiErrorBody } from "../../protocol/api.ts";
import { FlotillaError, isFlotillaError, type FlotillaErrorCode } from "../../protocol/errors.ts";

const STATUS: Readonly<Record<FlotillaErrorCode, number>> = {
  bad_request: 400,
  call_already_ran: 409,
  call_ambiguous: 502,
  call_cancelled: 499,
  call_timeout: 504,
  config_invalid: 422,
  drone_lost: 502,
  drone_protocol: 502,
  fleet_unreachable: 503,
  forbidden: 403,
  internal: 500,
  launcher_capacity: 503,
  launcher_denied: 502,
  launcher_not_ready: 503,
  launcher_unknown: 502,
  lease_lost: 503,
  message_too_large: 413,
  not_found: 404,
  not_supported: 400,
  overloaded: 503,
  port_in_use: 500,
  store_conflict: 409,
  store_locked: 503,
  store_unreadable: 503,
  wake_timeout: 504,
  worker_crash_loop: 503,
  worker_unavailable: 503,
  worker_unknown: 404,
};

export function statusOf(code: FlotillaErrorCode): number {
  return STATUS[code];
}

export function json(value: unknown, status = 200): Response {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return new Response(JSON.stringify(value), { status, headers });
}

export function errorResponse(thrown: unknown): Response {
  const error = isFlotillaError(thrown) ? thrown : unexpected(thrown);
  const body: ApiErrorBody = { error: { code: error.code, message: error.message } };
  if (error.hint !== undefined) body.error.hint = error.hint;
  if (error.retryAfterMs !== undefined) body.error.retryAfterMs = error.retryAfterMs;
  if (error.data !== undefined) body.error.data = error.data;
  const response = json(body, statusOf(error.code));
  if (error.retryAfterMs !== undefined) {
    response.headers.set("retry-after", String(Math.ceil(error.retryAfterMs / 1000)));
  }
  return response;
}

/** RFC 9110 §15.5.6: the answer names what is allowed. */
export function methodNotAllowed(allowed: readonly string[]): Response {
  const response = errorResponse(
    new FlotillaError("bad_request", "This address does not take that method.", {
      hint: `Use ${allowed.join(" or ")}.`,
    }),
  );
  const headers = new Headers(response.headers);
  headers.set("allow", allowed.join(", "));
  return new Response(response.body, { status: 405, headers });
}

/** What went wrong inside stays inside: a message of foreign code may hold anything. */
function unexpected(cause: unknown): FlotillaError {
  return new FlotillaError("internal", "Something went wrong inside Flotilla.", {
    hint: "Look at Flotilla's own log; it names the cause.",
    cause,
  });
}
