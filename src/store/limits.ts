/** Bounds that every driver keeps, checked in one place so that no driver is more lenient than another. */
import { FlotillaError } from "../protocol/errors.ts";

export const MAX_KEY_BYTES = 512;
export const MAX_VALUE_BYTES = 4 * 1024 * 1024;
export const MAX_LISTED_RECORDS = 100_000;
/** Behind the end of the log by more than this, a subscriber loses the oldest events. */
export const MAX_EVENT_LAG = 10_000;
/** How long a finished queue item's id is remembered. */
export const FINISHED_KEPT_MS = 24 * 60 * 60 * 1000;

const KEY = /^[\x21-\x7e]{1,512}$/;

/** Printable ASCII without spaces. Names of leases, queues and topics follow the same rule. */
export function checkKey(key: string): void {
  if (KEY.test(key)) return;
  throw new FlotillaError(
    "bad_request",
    "A store key must be 1 to 512 printable ASCII characters.",
  );
}

/** The value as JSON text; what JSON cannot hold, or holds in more than 4 MiB, is refused. */
export function encodeValue(value: unknown): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) {
    throw new FlotillaError("bad_request", "A store value must be JSON.");
  }
  if (text.length > MAX_VALUE_BYTES || new TextEncoder().encode(text).length > MAX_VALUE_BYTES) {
    throw new FlotillaError("message_too_large", "A store value must be at most 4 MiB of JSON.");
  }
  return text;
}

export function tooManyRecords(prefix: string): FlotillaError {
  return new FlotillaError(
    "bad_request",
    `More than ${MAX_LISTED_RECORDS} records are under "${prefix}".`,
    { hint: "List a narrower prefix." },
  );
}

/** Offsets are numbers written so that they sort as text. */
export function formatOffset(position: number): string {
  return String(position).padStart(16, "0");
}

export function parseOffset(offset: string | undefined): number {
  if (offset === undefined) return 0;
  if (/^\d{1,16}$/.test(offset)) return Number(offset);
  throw new FlotillaError("bad_request", "This is not an offset of the event log.");
}

export function storeClosed(): FlotillaError {
  return new FlotillaError("store_unreadable", "The store is closed.");
}
