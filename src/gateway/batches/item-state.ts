/**
 * What becomes of one item of a batch. Pure: `batch-run.ts` does it. Two questions, with the answers that keep a call that
 * may have run from running twice:
 *
 *     claimed ── may it be called? ──▶ call ── how did that end? ──▶ its end is written, then the claim is answered
 *        │                              ▲                       └──▶ `again` is written, then the claim is given back
 *        │ a claim before was lost ─────┘ only where a repeat does no harm; else it ends as ambiguous
 */
import { BATCH, type ItemEnd, type ItemError, type ItemRecord } from "../../protocol/batches.ts";
import type { FlotillaErrorCode } from "../../protocol/errors.ts";
import type { McpOutcome } from "../call.ts";
import { isToolError, mayHaveRun } from "../route/outcome.ts";
import { resultTypeOf } from "../upstream/modern/modern-client.ts";

/** Whether a tool may run twice: it reads or is idempotent; it keeps to idempotency keys; or neither. */
export type Repeatable = "freely" | "with_key" | "never";

export interface Claim {
  /** 1 for the first claim of the item. */
  attempt: number;
  repeatable: Repeatable;
  maxRuns: number;
}

export type Start =
  | { do: "call"; runs: number }
  | { do: "end"; state: ItemEnd; runs: number; error: ItemError }
  /** It ended before; only the claim is left to answer. */
  | { do: "nothing" };

/** `record` is what is written of the item now. */
export function mayStart(record: ItemRecord | undefined, claim: Claim): Start {
  if (record !== undefined && record.state !== "again") return { do: "nothing" };
  const { attempt, repeatable, maxRuns } = claim;
  const runs = record?.runs ?? 0;
  const wasGivenBack = (record?.claim ?? 0) === attempt - 1;
  if (wasGivenBack) return { do: "call", runs };
  // Whoever had it before is gone without a word: it may have run.
  if (repeatable === "never") {
    return { do: "end", state: "ambiguous", runs: runs + 1, error: LOST };
  }
  if (runs + 1 >= maxRuns) {
    return { do: "end", state: "failed", runs: runs + 1, error: record?.error ?? LOST };
  }
  return { do: "call", runs: runs + 1 };
}

const LOST: ItemError = {
  code: "call_ambiguous",
  message: "The gateway that made this call was lost. The call may have run.",
};

export type Verdict =
  | { do: "end"; state: ItemEnd; runs: number; result?: string; error?: ItemError }
  | { do: "again"; runs: number; error: ItemError; afterMs: number }
  /** The batch ends and this never ran: it is not spoken of again. */
  | { do: "drop" };

export interface Made extends Claim {
  /** Before this call. */
  runs: number;
  /** Calls are being given up, because the batch ends or because this gateway does. */
  ending: "batch" | "gateway" | undefined;
}

export function verdictOf(outcome: McpOutcome, made: Made): Verdict {
  const runs = made.runs + 1;
  if (outcome.kind === "input_required") {
    const error = {
      code: "not_supported",
      message: "The tool asks for more; nobody is there to answer.",
    };
    return { do: "end", state: "failed", runs, error };
  }
  if (outcome.kind === "result") return ended(outcome.result.text, runs);
  const { cause } = outcome;
  const error = errorOf(cause?.code ?? "tool_error", outcome.error.message);
  if (cause === undefined) return { do: "end", state: "failed", runs, error };
  const ran = mayHaveRun(cause);
  if (ran && made.repeatable === "never") return { do: "end", state: "ambiguous", runs, error };
  if (made.ending === "batch") return { do: "drop" };
  const afterMs = Math.max(cause.retryAfterMs ?? 0, pauseMs(made.attempt));
  const bounded = Math.min(afterMs, MAX_PAUSE_MS);
  if (!ran && (cause.retryable || COMES_BACK.has(cause.code))) {
    return { do: "again", runs: made.runs, error, afterMs: bounded };
  }
  if (ran && (runs < made.maxRuns || made.ending === "gateway"))
    return { do: "again", runs, error, afterMs: bounded };
  return { do: "end", state: "failed", runs: ran ? runs : made.runs, error };
}

function ended(text: string, runs: number): Verdict {
  if (resultTypeOf(text) !== "complete") {
    const error = {
      code: "drone_protocol",
      message: "The tool answered with something to wait for.",
    };
    return { do: "end", state: "failed", runs, error };
  }
  return { do: "end", state: isToolError({ text }) ? "failed" : "succeeded", runs, result: text };
}

/** What failed so may be well again before the batch's time is over. */
const COMES_BACK: ReadonlySet<FlotillaErrorCode> = new Set([
  "overloaded",
  // A call with a key is not begun while the store cannot be asked whether it was.
  "store_unreadable",
  "wake_timeout",
  "worker_crash_loop",
  "worker_unavailable",
]);

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 10_000;

const pauseMs = (attempt: number): number =>
  Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 10));

const MAX_MESSAGE_CHARS = 500;

const errorOf = (code: string, message: string): ItemError => ({
  code,
  message: message.slice(0, MAX_MESSAGE_CHARS),
});

/** Where a result of this length goes. */
export function placeOf(result: string, share: number): "inline" | "apart" | "dropped" {
  if (result.length > share) return "dropped";
  return result.length <= BATCH.inlineResultChars ? "inline" : "apart";
}
