/** The `_meta` members by which callers and tools say what the gateway may do with a call. Documented in README.md. */
import { FlotillaError } from "../../protocol/errors.ts";
import type { CacheRule } from "../../protocol/fleet.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import type { Target } from "../route/forward.ts";

export const SAFETY_META = {
  /** Request: repeats of a call with the same key are one call. */
  idempotencyKey: "dev.flotilla/idempotencyKey",
  /** Request: how long the caller will wait. Relative, because clocks differ; every hop passes on what is left. */
  deadlineMs: "dev.flotilla/deadlineMs",
  /** Tool: true if the tool itself keeps calls with one key from running twice. */
  idempotency: "dev.flotilla/idempotency",
  /** Tool: `{ ttlMs, scope? }`, its answers may be kept. */
  cache: "dev.flotilla/cache",
} as const;

const MAX_KEY_CHARS = 255;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Throws `bad_request` for what cannot be a key: a call that was meant to be guarded must not run unguarded. */
export function idempotencyKeyOf(meta: Record<string, unknown>): string | undefined {
  const key = meta[SAFETY_META.idempotencyKey];
  if (key === undefined) return undefined;
  if (typeof key === "string" && key !== "" && key.length <= MAX_KEY_CHARS) return key;
  throw new FlotillaError(
    "bad_request",
    `_meta["${SAFETY_META.idempotencyKey}"] must be a text of 1 to ${MAX_KEY_CHARS} characters.`,
  );
}

export function deadlineOf(meta: Record<string, unknown>): number | undefined {
  const ms = meta[SAFETY_META.deadlineMs];
  if (ms === undefined) return undefined;
  if (typeof ms === "number" && ms > 0 && ms <= DAY_MS) return ms;
  throw new FlotillaError(
    "bad_request",
    `_meta["${SAFETY_META.deadlineMs}"] must be a number of milliseconds up to a day.`,
  );
}

/** What the operator says of a tool goes before what the tool says of itself. */
export function cacheRuleOf({ worker, name, definition }: Target): CacheRule | undefined {
  const configured = worker.calls?.cache;
  if (configured !== undefined && Object.hasOwn(configured, name)) return usable(configured[name]);
  return usable(metaOf(definition, SAFETY_META.cache));
}

function usable(rule: unknown): CacheRule | undefined {
  if (!isRecord(rule)) return undefined;
  const { ttlMs, scope } = rule;
  if (typeof ttlMs !== "number" || !(ttlMs > 0)) return undefined;
  return { ttlMs: Math.min(ttlMs, DAY_MS), scope: scope === "public" ? "public" : "private" };
}

/** The tool promises that a second call with the same key does nothing. */
export function honoursKeys({ definition }: Target): boolean {
  return metaOf(definition, SAFETY_META.idempotency) === true;
}

export function isReadOnly({ definition }: Target): boolean {
  const annotations = definition?.["annotations"];
  return isRecord(annotations) && annotations["readOnlyHint"] === true;
}

function metaOf(definition: Target["definition"], key: string): unknown {
  const meta = definition?.["_meta"];
  return isRecord(meta) ? meta[key] : undefined;
}
