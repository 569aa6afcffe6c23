/** How the tools show a task to a model: counts in words, results within what a model can read. */
import type { BatchItem, BatchStatus } from "../../protocol/batches.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import { isObject } from "../json.ts";
import type { BatchDesk } from "../batches/desk.ts";
import type { JsonObject } from "./tools.ts";

export const TASK_ID = {
  type: "string",
  pattern: "^[a-z0-9][a-z0-9-]{0,39}$",
  description: "Id of a task, as execute_distributed_task answered it.",
} as const;

const COUNT = { type: "integer", minimum: 0 } as const;

const COUNTS = {
  type: "object",
  description:
    "open: not ended. ambiguous: may have run, its end is not known, and it is not safe to repeat. " +
    "skipped: something it needed did not succeed. cancelled: never run.",
  properties: {
    open: COUNT,
    succeeded: COUNT,
    failed: COUNT,
    ambiguous: COUNT,
    skipped: COUNT,
    cancelled: COUNT,
  },
  required: ["open", "succeeded", "failed", "ambiguous", "skipped", "cancelled"],
  additionalProperties: false,
} as const;

const ITEM = {
  type: "object",
  properties: {
    index: COUNT,
    step: { type: "string" },
    state: { type: "string", enum: ["succeeded", "failed", "ambiguous", "skipped"] },
    runs: COUNT,
    error: {
      type: "object",
      properties: { code: { type: "string" }, message: { type: "string" } },
      required: ["code", "message"],
      additionalProperties: false,
    },
    result: { type: "object", description: "The tool's result: content, structuredContent." },
    result_dropped: { type: "boolean", description: "The result was too long to be kept." },
  },
  required: ["index", "state", "runs"],
  additionalProperties: false,
} as const;

export const TASK_SCHEMA = {
  type: "object",
  properties: {
    task: { type: "string" },
    state: {
      type: "string",
      enum: ["accepting", "running", "ending", "completed", "cancelled", "expired"],
    },
    total: COUNT,
    counts: COUNTS,
    items: { type: "array", items: ITEM },
    next: { ...COUNT, description: "Give it as `from` to see what follows; absent at the end." },
  },
  required: ["task", "state", "total", "counts", "items"],
  additionalProperties: false,
} as const;

/** A model reads all of it. */
export const MAX_SHOWN = 100;
const MAX_SHOWN_CHARS = 64 * 1024;

export async function shownTask(
  batches: BatchDesk,
  status: BatchStatus,
  page: { from: number; limit: number },
): Promise<{ structured: JsonObject; text: string }> {
  const { items, next } = await batches.items(status.id, { ...page, states: [] });
  const shown: JsonObject[] = [];
  let chars = 0;
  let goOn = next;
  for (const item of items) {
    const entry = shownItem(item);
    chars += JSON.stringify(entry).length;
    if (shown.length > 0 && chars > MAX_SHOWN_CHARS) {
      goOn = item.index;
      break;
    }
    shown.push(entry);
  }
  const { id: task, state, total, counts } = status;
  return {
    structured: {
      task,
      state,
      total,
      counts,
      items: shown,
      ...(goOn === undefined ? {} : { next: goOn }),
    },
    text: said(status),
  };
}

export function said({ id, state, total, counts }: BatchStatus): string {
  const parts = Object.entries(counts).flatMap(([what, count]) =>
    count === 0 ? [] : [`${count} ${what}`],
  );
  return `Task ${id} is ${state}: of ${total} calls ${parts.join(", ")}.`;
}

function shownItem({ index, step, state, runs, error, result, resultDropped }: BatchItem) {
  return {
    index,
    state,
    runs,
    ...(step === undefined ? {} : { step }),
    ...(error === undefined ? {} : { error }),
    ...(isObject(result) ? { result } : {}),
    ...(resultDropped === undefined ? {} : { result_dropped: true }),
  };
}

/** Arguments of a tool; unknown ones are refused, for a typo must not look like success. */
export function readArguments(args: unknown, known: readonly string[]): Record<string, unknown> {
  const given = args ?? {};
  if (!isObject(given)) throw wrong("Arguments must be an object.", known);
  const other = Object.keys(given).find((key) => !known.includes(key));
  if (other === undefined) return given;
  throw wrong("There is an argument this tool does not know.", known);
}

export function numberOf(
  args: Record<string, unknown>,
  name: string,
  { least, most, otherwise }: { least: number; most: number; otherwise: number },
): number {
  const value = args[name] ?? otherwise;
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw new FlotillaError("bad_request", `"${name}" is out of range.`, {
    hint: `Use a number from ${least} to ${most}.`,
  });
}

function wrong(message: string, known: readonly string[]): FlotillaError {
  return new FlotillaError("bad_request", message, { hint: `It takes ${known.join(", ")}.` });
}
