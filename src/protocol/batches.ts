/**
 * Batches: many calls as one piece of durable work. The coordinator takes them, plans and answers about them; gateways make
 * the calls. They meet in these records and in the store's queue, so that either may die at any moment.
 *
 *     accepting ──all items pushed──▶ running ──every item ended──▶ completed
 *                                        └──cancel, or deadline──▶ ending ──nothing under way──▶ cancelled | expired
 */
import { isRecord } from "./jsonrpc.ts";

/** Keys of records; built here and nowhere else. Queue and runner's lease of a batch share its record's name. */
export const batchKeys = {
  all: "batch/",
  batch: (id: string) => `batch/${id}`,
  plan: (id: string) => `batch-plan/${id}`,
  bucket: (id: string, bucket: number) => `batch-item/${id}/${digits(bucket)}/`,
  item: (id: string, index: number) =>
    `${batchKeys.bucket(id, Math.floor(index / BATCH.bucketItems))}${digits(index)}`,
  /** Results too long to stand in their item. */
  result: (id: string, index: number) => `batch-result/${id}/${digits(index)}`,
  queue: (id: string) => `batch/${id}`,
  lease: (id: string) => `batch/${id}`,
  queueItem: (index: number) => digits(index),
} as const;

const digits = (number: number): string => String(number).padStart(6, "0");

export const BATCH = {
  maxItems: 100_000,
  /** Of a batch of steps: their plan is one record. */
  maxSteps: 1_000,
  /** Of all results together; each item may keep its share, within the bounds below. */
  maxResultChars: 256 * 1024 * 1024,
  maxItemResultChars: 1024 * 1024,
  /** Up to here a result stands in its item. */
  inlineResultChars: 4 * 1024,
  /** Items are read in groups of so many. */
  bucketItems: 500,
  maxArgumentsChars: 256 * 1024,
  maxPlanChars: 2 * 1024 * 1024,
  defaultParallelism: 16,
  maxParallelism: 256,
  defaultDeadlineMs: 60 * 60 * 1000,
  maxDeadlineMs: 24 * 60 * 60 * 1000,
  /** After its end, or its deadline, a batch and its results can be asked about for so long. */
  keepMs: 24 * 60 * 60 * 1000,
  /** How often an item may run, if its tool may run twice. */
  defaultRuns: 3,
  maxRuns: 10,
  /** Under way at a time. */
  maxActive: 100,
  /** Known at a time, the ended included. */
  maxKnown: 1_000,
  /** Claims of one item, tries that never reached a worker included: its deadline is the real bound. */
  maxClaims: 10_000,
} as const;

/** Characters that one result of a batch of so many items may have. */
export function resultShare(total: number): number {
  return Math.min(BATCH.maxItemResultChars, Math.floor(BATCH.maxResultChars / Math.max(1, total)));
}

/** One tool with many inputs, or steps. */
export interface BatchRequest {
  /** The caller's own name for it, `[a-z0-9-]{1,40}`: asking again with it starts nothing new. */
  id?: string;
  /** As the fleet's endpoint lists it. With `inputs`, without `steps`. */
  tool?: string;
  /** One call each: its arguments. */
  inputs?: Record<string, unknown>[];
  steps?: BatchStep[];
  parallelism?: number;
  /** From now on; what has not begun by then is not begun. */
  deadlineMs?: number;
  /** Of one call; the worker's own limit holds too. */
  callTimeoutMs?: number;
  /** How often an item may run, where a repeat does no harm. */
  runs?: number;
  by?: string;
}

export interface BatchStep {
  /** `[A-Za-z0-9_-]{1,64}` */
  id: string;
  tool: string;
  arguments?: Record<string, unknown>;
  /** Steps that must have succeeded before. */
  after?: string[];
  /**
   * More arguments, taken from results: the argument's name to a JSON pointer (RFC 6901) whose first part is a step's id
   * and whose rest points into its result, as in `/fetch/structuredContent/url`. Implies `after`.
   */
  from?: Record<string, string>;
}

export type BatchState = "accepting" | "running" | "ending" | "completed" | "cancelled" | "expired";

export interface BatchRecord {
  id: string;
  /** Digest of what was asked for: the same id must mean the same work. */
  print: string;
  kind: "inputs" | "steps";
  /** What it calls, for people. */
  title: string;
  total: number;
  parallelism: number;
  runs: number;
  callTimeoutMs?: number;
  by: string;
  createdAtMs: number;
  deadlineAtMs: number;
  state: BatchState;
  /** Of `ending`: what it will be. */
  ending?: "cancelled" | "expired";
  /** Of what has ended. */
  endedAtMs?: number;
  counts?: BatchCounts;
}

/** They add up to the total. */
export interface BatchCounts {
  /** Not ended: waiting, under way, or to be tried again. */
  open: number;
  succeeded: number;
  /** The tool or its worker said no, or no try reached it. */
  failed: number;
  /** It may have run, its end is not known, and running it again could do harm. */
  ambiguous: number;
  /** A step that it needs did not succeed. */
  skipped: number;
  /** Never run, because the batch ended before. */
  cancelled: number;
}

export type ItemEnd = "succeeded" | "failed" | "ambiguous" | "skipped";

export interface ItemError {
  code: string;
  message: string;
}

/** Written once an item has ended; before that only when a try failed and another may follow. */
export interface ItemRecord {
  state: ItemEnd | "again";
  /** How often it may have run. */
  runs: number;
  /** Of `again`: the claim that failed. The next claim knows by it that the try before was given up, not lost. */
  claim?: number;
  atMs: number;
  error?: ItemError;
  /** The tool's result as JSON text. */
  result?: string;
  /** Where the result is, when not here: in a record of its own, or nowhere because it was too long. */
  resultIs?: "apart" | "dropped";
}

/** A queue item's payload. */
export interface BatchJob {
  index: number;
  tool: string;
  arguments: Record<string, unknown>;
}

/** How the API tells of a batch. */
export interface BatchStatus extends Omit<BatchRecord, "print" | "counts"> {
  counts: BatchCounts;
}

export interface BatchItem {
  index: number;
  /** Of a batch of steps. */
  step?: string;
  state: ItemEnd;
  runs: number;
  error?: ItemError;
  /** The tool's result (`CallToolResult`). */
  result?: unknown;
  /** The call succeeded, its result was too long to be kept. */
  resultDropped?: true;
}

export interface BatchItems {
  items: BatchItem[];
  /** Where to go on; absent after the last. */
  next?: number;
}

export const isBatchOver = ({ state }: Pick<BatchRecord, "state">): boolean =>
  state === "completed" || state === "cancelled" || state === "expired";

/** Written by coordinators alone; the shape is the interface. */
export function readBatch(value: unknown): BatchRecord | undefined {
  if (!isRecord(value) || typeof value["id"] !== "string") return undefined;
  if (typeof value["state"] !== "string" || typeof value["total"] !== "number") return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return value as unknown as BatchRecord;
}

export function readItem(value: unknown): ItemRecord | undefined {
  if (!isRecord(value) || typeof value["state"] !== "string") return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return value as unknown as ItemRecord;
}

export function readJob(value: unknown): BatchJob | undefined {
  if (!isRecord(value) || !isRecord(value["arguments"])) return undefined;
  const { index, tool } = value;
  if (typeof index !== "number" || typeof tool !== "string") return undefined;
  return { index, tool, arguments: value["arguments"] };
}
