/** A task of the gateway's own: what is stored of it, how it changes, how it is told. Pure. */
import { isRecord, type RawObject, type WireError } from "../../protocol/jsonrpc.ts";
import { objectOf } from "../../protocol/raw-json.ts";

export type TaskStatus = "working" | "input_required" | "completed" | "failed" | "cancelled";

export interface TaskRecord {
  status: TaskStatus;
  worker: string;
  /** The gateway that makes the call. */
  owner: string;
  createdAtMs: number;
  updatedAtMs: number;
  ttlMs: number;
  statusMessage?: string;
  /** What waits for an answer, by keys that are never used twice in a task. */
  inputRequests?: Record<string, unknown>;
  /** Of `completed`: the result as JSON text, untouched. */
  result?: string;
  /** Of `failed`. */
  error?: WireError;
}

export type TaskEvent =
  | { is: "asks"; inputRequests: Record<string, unknown> }
  | { is: "answered" }
  | { is: "says"; message: string }
  | { is: "completed"; result: string }
  | { is: "failed"; error: WireError }
  | { is: "cancelled" };

/** How often a client should ask. */
export const POLL_MS = 1_000;
const MAX_MESSAGE_CHARS = 500;

export const isOver = ({ status }: Pick<TaskRecord, "status">): boolean =>
  status !== "working" && status !== "input_required";

/** Undefined when the event changes nothing: what is over stays as it is. */
export function taskAfter(
  record: TaskRecord,
  event: TaskEvent,
  nowMs: number,
): TaskRecord | undefined {
  if (isOver(record)) return undefined;
  const { inputRequests: _open, statusMessage: _said, ...rest } = record;
  const updatedAtMs = Math.max(nowMs, record.updatedAtMs);
  const next = { ...rest, updatedAtMs };
  switch (event.is) {
    case "asks":
      return { ...next, status: "input_required", inputRequests: event.inputRequests };
    case "answered":
      return record.status === "working" ? undefined : { ...next, status: "working" };
    case "says":
      return { ...record, updatedAtMs, statusMessage: event.message.slice(0, MAX_MESSAGE_CHARS) };
    case "completed":
      return { ...next, status: "completed", result: event.result };
    case "failed": {
      const { error } = event;
      const statusMessage = error.message.slice(0, MAX_MESSAGE_CHARS);
      return { ...next, status: "failed", error, statusMessage };
    }
    default:
      return { ...next, status: "cancelled" };
  }
}

/** `CreateTaskResult`. */
export function createdTask(record: TaskRecord, taskId: string): RawObject {
  return { text: objectOf([["resultType", '"task"'], ...head(record, taskId)]) };
}

/** The answer to `tasks/get`. */
export function detailedTask(record: TaskRecord, taskId: string): RawObject {
  const { inputRequests, result, error } = record;
  const all = [["resultType", '"complete"'] as [string, string], ...head(record, taskId)];
  if (inputRequests !== undefined) all.push(["inputRequests", JSON.stringify(inputRequests)]);
  if (result !== undefined) all.push(["result", result]);
  if (error !== undefined) all.push(["error", JSON.stringify(error)]);
  return { text: objectOf(all) };
}

function head(record: TaskRecord, taskId: string): [string, string][] {
  const { statusMessage, createdAtMs, updatedAtMs, ttlMs } = record;
  return Object.entries({
    taskId,
    status: record.status,
    ...(statusMessage === undefined ? {} : { statusMessage }),
    createdAt: new Date(createdAtMs).toISOString(),
    lastUpdatedAt: new Date(updatedAtMs).toISOString(),
    ttlMs,
    pollIntervalMs: POLL_MS,
  }).map(([name, value]): [string, string] => [name, JSON.stringify(value)]);
}

export function readTask(value: unknown): TaskRecord | undefined {
  if (!isRecord(value) || typeof value["status"] !== "string") return undefined;
  // Written by gateways alone; the shape is the interface above.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return value as unknown as TaskRecord;
}
