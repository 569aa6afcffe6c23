/** Bounds that every driver keeps, checked in one place so that no driver is more lenient than another. */
import { FlotillaError, messageOf } from "../protocol/errors.ts";
import type { QueueItem } from "./contract.ts";

export const MAX_KEY_BYTES = 512;
export const MAX_VALUE_BYTES = 4 * 1024 * 1024;
export const MAX_LISTED_RECORDS = 100_000;
/** Behind the end of the log by more than this, a subscriber loses the oldest events. */
export const MAX_EVENT_LAG = 10_000;
export const MAX_EVENTS_READ = 10_000;
export const MAX_CLAIMED_AT_ONCE = 1_000;
/** How long a finished queue item's id, and the token of a lease that ended, are remembered. */
export const FINISHED_KEPT_MS = 24 * 60 * 60 * 1000;

/** Printable ASCII without the space. */
const KEY = new RegExp(`^[\\x21-\\x7e]{1,${MAX_KEY_BYTES}}$`);

/** Names of leases, queues, topics and queue items follow the rule of record keys. */
export function checkKey(key: string): void {
  if (KEY.test(key)) return;
  throw new FlotillaError(
    "bad_request",
    `A store key must be 1 to ${MAX_KEY_BYTES} printable ASCII characters without spaces.`,
  );
}

export function checkDuration(durationMs: number): void {
  if (Number.isFinite(durationMs) && durationMs > 0) return;
  throw new FlotillaError("bad_request", "A duration must be a positive number of milliseconds.");
}

/** Wall-clock times are kept as whole milliseconds; `undefined` stays undefined. */
export function checkTime(atMs: number | undefined): number | undefined {
  if (atMs === undefined) return undefined;
  if (Number.isFinite(atMs)) return Math.ceil(atMs);
  throw new FlotillaError("bad_request", "A time must be a number of milliseconds.");
}

/** How many to hand out: at least none, at most `most`. */
export function boundedCount(wanted: number, most: number): number {
  if (Number.isNaN(wanted)) throw new FlotillaError("bad_request", "A limit must be a number.");
  return Math.min(Math.max(0, Math.floor(wanted)), most);
}

/** The value as JSON text; what JSON cannot hold, or holds in more than 4 MiB, is refused. */
export function encodeValue(value: unknown): string {
  const text = jsonOf(value);
  if (text === undefined) throw new FlotillaError("bad_request", "A store value must be JSON.");
  // A UTF-16 unit is at most three bytes of UTF-8: short texts need no counting.
  const isSmall = text.length * 3 <= MAX_VALUE_BYTES;
  if (isSmall || new TextEncoder().encode(text).length <= MAX_VALUE_BYTES) return text;
  throw new FlotillaError("message_too_large", "A store value must be at most 4 MiB of JSON.");
}

/** Cycles and big integers make it throw, functions and `undefined` make it answer nothing. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    const data = { reason: messageOf(cause) };
    throw new FlotillaError("bad_request", "A store value must be JSON.", { cause, data });
  }
}

export interface EncodedItem {
  id: string;
  text: string;
  notBeforeMs: number;
  maxAttempts: number;
}

export function encodeItem({ id, payload, notBeforeMs, maxAttempts = 1 }: QueueItem): EncodedItem {
  checkKey(id);
  if (!Number.isSafeInteger(maxAttempts) || maxAttempts < 1) {
    throw new FlotillaError("bad_request", "maxAttempts must be a whole number from 1.");
  }
  return { id, text: encodeValue(payload), notBeforeMs: checkTime(notBeforeMs) ?? 0, maxAttempts };
}

/** An append's values as texts. */
export function encodeEvents(values: readonly unknown[]): string[] {
  if (values.length > 0) return values.map(encodeValue);
  throw new FlotillaError("bad_request", "There is nothing to append.");
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
