/** What a JSON-RPC peer is told. A different family from `errors.ts`: codes are numbers, and the protocol owns most of them. */
import type { FlotillaError, FlotillaErrorCode } from "./errors.ts";
import type { WireError } from "./jsonrpc.ts";

/** Codes of JSON-RPC 2.0 and of MCP 2026-07-28 (basic/index, error codes). */
export const WIRE = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** Modern only: a header and the body disagree, or the header is missing. */
  headerMismatch: -32020,
  /** Modern only: the request needs a client capability that it did not declare. */
  missingCapability: -32021,
  /** Modern only. */
  unsupportedVersion: -32022,
  /** Legacy only; modern peers are told `invalidParams`. */
  resourceNotFound: -32002,
  /** Legacy only; in the modern era this is an `input_required` result. */
  urlElicitationRequired: -32042,
} as const;

/**
 * Flotilla's own numbers lie outside -32768..-32000, which JSON-RPC and MCP keep for themselves. They are part of the
 * public surface: never reuse or renumber one. Errors that JSON-RPC has a word for use that word.
 */
const CODES: Record<FlotillaErrorCode, number> = {
  bad_request: WIRE.invalidParams,
  not_found: WIRE.invalidParams,
  internal: WIRE.internal,
  worker_unknown: -31001,
  worker_unavailable: -31002,
  worker_crash_loop: -31003,
  wake_timeout: -31004,
  drone_lost: -31005,
  drone_protocol: -31006,
  call_timeout: -31010,
  call_cancelled: -31011,
  call_ambiguous: -31012,
  call_already_ran: -31013,
  overloaded: -31020,
  message_too_large: -31021,
  forbidden: -31030,
  not_supported: -31031,
  config_invalid: -31040,
  launcher_capacity: -31050,
  launcher_denied: -31051,
  launcher_not_ready: -31052,
  launcher_unknown: -31053,
  lease_lost: -31060,
  store_conflict: -31061,
  store_locked: -31062,
  store_unreadable: -31063,
  port_in_use: -31070,
  fleet_unreachable: -31071,
};

/** `data` of our own wire errors. */
export interface WireErrorData {
  code: FlotillaErrorCode;
  worker?: string;
  /** Plain words. */
  reason: string;
  retryable: boolean;
  /** The worker may have acted on the call: sending it again may do it twice. */
  mayHaveRun?: true;
  retryAfterMs?: number;
  hint?: string;
}

export function toWireError(error: FlotillaError): WireError {
  const worker = error.data?.["worker"];
  const data: WireErrorData = {
    code: error.code,
    ...(typeof worker === "string" ? { worker } : {}),
    reason: error.message,
    retryable: error.retryable,
    ...(mayHaveRun(error) ? { mayHaveRun: true } : {}),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
  const message = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
  return { code: CODES[error.code] ?? WIRE.internal, message, data };
}

/** True for codes that only mean something between modern peers; a legacy client must never see them. */
export function isModernOnly(code: number): boolean {
  return code <= -32020 && code >= -32099 && code !== WIRE.urlElicitationRequired;
}

function mayHaveRun({ code, data }: FlotillaError): boolean {
  return code === "call_ambiguous" || data?.["mayHaveRun"] === true;
}
