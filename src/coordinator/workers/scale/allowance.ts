/**
 * What holds starts back beyond the worker's own bounds: a guard against storms of starts, and the room there is. Both
 * are arithmetic on plain data; the engine keeps the data.
 */
import type { LauncherRoom } from "../../policy.ts";

/** A token bucket: a start takes one token, time gives them back. */
export interface Bucket {
  tokens: number;
  atMs: number;
}

export interface BucketRule {
  /** Starts at once after a quiet time. */
  burst: number;
  perMinute: number;
}

const MINUTE_MS = 60_000;

/** The bucket as it is now. A clock that jumped back gives nothing and takes nothing. */
export function refill(bucket: Bucket | undefined, rule: BucketRule, now: number): Bucket {
  if (bucket === undefined) return { tokens: rule.burst, atMs: now };
  const passedMs = Math.max(0, now - bucket.atMs);
  const tokens = Math.min(rule.burst, bucket.tokens + (passedMs * rule.perMinute) / MINUTE_MS);
  return { tokens, atMs: now };
}

/** One token less, never below none: a start by a person's order goes ahead of the guard. */
export function take(bucket: Bucket): Bucket {
  return { ...bucket, tokens: Math.max(0, bucket.tokens - 1) };
}

/** When the next whole token is there. */
export function nextTokenAtMs(bucket: Bucket, rule: BucketRule): number {
  const missing = Math.max(0, 1 - bucket.tokens);
  return bucket.atMs + Math.ceil((missing * MINUTE_MS) / rule.perMinute);
}

/** What drones take up at one launcher. */
export interface Placed {
  drones: number;
  memoryBytes: number;
}

export const NOTHING_PLACED: Placed = { drones: 0, memoryBytes: 0 };

/** How many more drones of this size fit. */
export function roomLeft(placed: Placed, room: LauncherRoom, memoryBytes: number): number {
  const byCount = room.maxDrones - placed.drones;
  const byMemory =
    memoryBytes > 0
      ? Math.floor((room.memoryBytes - placed.memoryBytes) / memoryBytes)
      : Number.POSITIVE_INFINITY;
  return Math.max(0, Math.min(byCount, byMemory));
}
