/** One item of a batch as a call of this gateway, which wakes, balances and guards it like any other. */
import type { BatchJob, BatchRecord } from "../../protocol/batches.ts";
import type { NewId } from "../../protocol/clock.ts";
import { LATEST_MODERN } from "../../protocol/versions.ts";
import type { McpRequest } from "../call.ts";
import { SAFETY_META } from "../safety/words.ts";
import type { Repeatable } from "./item-state.ts";

export interface BatchCallOptions {
  batch: BatchRecord;
  job: BatchJob;
  newId: NewId;
  signal: AbortSignal;
}

/** Whoever may see a batch may see its results: until callers can be told apart, all of them are one. */
const PRINCIPAL = "local";

export function batchRequest(
  { batch, job, newId, signal }: BatchCallOptions,
  repeatable: Repeatable,
): McpRequest {
  const meta: Record<string, unknown> = {};
  // One key per item: a tool that keeps to keys does the work once, however often it is told.
  if (repeatable === "with_key") {
    meta[SAFETY_META.idempotencyKey] = `batch/${batch.id}/${batch.createdAtMs}/${job.index}`;
  }
  if (batch.callTimeoutMs !== undefined) meta[SAFETY_META.deadlineMs] = batch.callTimeoutMs;
  const hasMeta = Object.keys(meta).length > 0;
  return {
    callId: newId("call"),
    method: "tools/call",
    params: { name: job.tool, arguments: job.arguments, ...(hasMeta ? { _meta: meta } : {}) },
    endpoint: { kind: "aggregate" },
    client: {
      era: "modern",
      protocolVersion: LATEST_MODERN,
      principal: PRINCIPAL,
      info: { name: "flotilla-batch", version: "1" },
      capabilities: {},
    },
    wantsProgress: false,
    signal,
    notify: () => {},
  };
}
