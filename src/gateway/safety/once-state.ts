/**
 * What is known of a call with an idempotency key, and what that means for the next request with the same key. Pure:
 * the store, the clock and the call itself are in `once.ts`.
 *
 *     (nothing) ──run──▶ running ──result, or the worker's own error──▶ done       every repeat gets the same answer
 *                           ├──the worker asks something──▶ asking                 a repeat is asked the same again,
 *                           │                                  └──answers──▶ running
 *                           ├──provably never reached the worker──▶ (nothing)
 *                           └──owner gone, or worker lost meanwhile──▶ lost        every repeat is told: may have run
 */
import { isRecord, type WireError } from "../../protocol/jsonrpc.ts";
import { WIRE } from "../../protocol/wire-errors.ts";
import type { McpOutcome } from "../call.ts";
import { mayHaveRun } from "../route/outcome.ts";

export interface OnceRecord {
  state: "running" | "asking" | "done" | "lost";
  /** Digest of what was called, with which arguments. */
  print: string;
  /** Digest of the answers to questions that came with the latest request. */
  round: string;
  /** The gateway that runs or ran it. */
  owner: string;
  /** Of `asking` and `done`. */
  kept?: Kept;
  drone?: string;
}

export type Kept =
  | { kind: "result" | "input_required"; text: string }
  | { kind: "error"; error: WireError }
  /** It ran; what it said was too long to be kept. */
  | { kind: "too_large" };

export interface Asked {
  print: string;
  round: string;
  /** Running it twice does no harm. */
  isSafe: boolean;
}

export type Step =
  | { do: "run" }
  /** Somebody runs it now. */
  | { do: "wait" }
  | { do: "answer"; kept: Kept; drone?: string }
  /** Its owner is gone: write that down, then refuse. */
  | { do: "mark_lost" }
  | { do: "refuse"; why: "other_call" | "lost" };

export function nextStep(
  record: OnceRecord | undefined,
  asked: Asked,
  isOwnerAlive: boolean,
): Step {
  if (record === undefined) return { do: "run" };
  // A key that names two things is a mistake of the caller, and answering either would hide it.
  if (record.print !== asked.print) return { do: "refuse", why: "other_call" };
  const { kept, drone } = record;
  switch (record.state) {
    case "running":
      if (isOwnerAlive) return { do: "wait" };
      return asked.isSafe ? { do: "run" } : { do: "mark_lost" };
    case "lost":
      return asked.isSafe ? { do: "run" } : { do: "refuse", why: "lost" };
    case "asking":
      if (record.round !== asked.round || kept === undefined) return { do: "run" };
      break;
    case "done":
      if (kept === undefined) return { do: "refuse", why: "lost" };
  }
  return { do: "answer", kept, ...(drone === undefined ? {} : { drone }) };
}

/** What remains of a run: a state with its answer, or nothing, so that the next request runs it. */
export function stateAfter(
  outcome: McpOutcome,
  { isSafe, maxChars }: { isSafe: boolean; maxChars: number },
): Pick<OnceRecord, "state" | "kept"> | undefined {
  if (outcome.kind !== "error") {
    const { kind } = outcome;
    const { text } = outcome.result;
    if (kind === "input_required") {
      // A question that cannot be kept is asked anew: the worker has not done what it asks about.
      return text.length > maxChars ? undefined : { state: "asking", kept: { kind, text } };
    }
    return {
      state: "done",
      kept: text.length > maxChars ? { kind: "too_large" } : { kind, text },
    };
  }
  const { cause, error } = outcome;
  if (cause !== undefined) return mayHaveRun(cause) && !isSafe ? { state: "lost" } : undefined;
  // The one error that a client mends and then repeats the call (basic/index, error codes).
  if (error.code === WIRE.missingCapability) return undefined;
  const chars = JSON.stringify(error).length;
  return {
    state: "done",
    kept: chars > maxChars ? { kind: "too_large" } : { kind: "error", error },
  };
}

export function readOnce(value: unknown): OnceRecord | undefined {
  if (!isRecord(value) || typeof value["state"] !== "string") return undefined;
  // Written by gateways alone; the shape is the interface above.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return value as unknown as OnceRecord;
}
