/**
 * Local errors. Their family never mixes with wire errors (`wire-errors.ts`): a local error says what
 * Flotilla could not do and what to do next; a wire error is what a JSON-RPC peer is told.
 */

/** Every code a Flotilla part may fail with. `docs/errors.md` explains each; a test keeps the two equal. */
export type FlotillaErrorCode =
  | "bad_request"
  | "call_already_ran"
  | "call_ambiguous"
  | "call_cancelled"
  | "call_timeout"
  | "config_invalid"
  | "drone_lost"
  | "drone_protocol"
  | "fleet_unreachable"
  | "forbidden"
  | "internal"
  | "launcher_capacity"
  | "launcher_denied"
  | "launcher_not_ready"
  | "launcher_unknown"
  | "lease_lost"
  | "message_too_large"
  | "not_found"
  | "not_supported"
  | "overloaded"
  | "port_in_use"
  | "store_conflict"
  | "store_locked"
  | "store_unreadable"
  | "wake_timeout"
  | "worker_crash_loop"
  | "worker_unavailable"
  | "worker_unknown";

export interface FlotillaErrorOptions {
  /** Whether the same request may succeed later, unchanged. */
  retryable?: boolean;
  /** Earliest useful retry, milliseconds from now. */
  retryAfterMs?: number;
  /** What the user can do next; one plain sentence. */
  hint?: string;
  /** Facts for machines. Never holds a secret. */
  data?: Record<string, unknown>;
  cause?: unknown;
}

export class FlotillaError extends Error {
  readonly code: FlotillaErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly hint: string | undefined;
  readonly data: Record<string, unknown> | undefined;

  constructor(code: FlotillaErrorCode, message: string, options: FlotillaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "FlotillaError";
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.hint = options.hint;
    this.data = options.data;
  }
}

/** True for a local error, whichever copy of this module made it: the code decides, not the class. */
export function isFlotillaError(error: unknown): error is FlotillaError {
  return error instanceof Error && error.name === "FlotillaError" && "code" in error;
}

/** The one sentence of an unknown thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
