/** Tasks in words: how far one is, how it ended, what went wrong with a call. */
import type { BatchCounts, BatchItem, BatchStatus } from "../../../protocol/index.ts";
import type { Paint } from "../../ui/paint.ts";
import { oneLine } from "../../ui/text.ts";
import { age, count } from "../../ui/units.ts";

const WORDS: readonly [keyof BatchCounts, string][] = [
  ["succeeded", "done"],
  ["failed", "failed"],
  ["ambiguous", "ambiguous"],
  ["skipped", "skipped"],
  ["cancelled", "never run"],
  ["open", "open"],
];

/** "420 done, 3 failed, 577 open" */
export function countsLine(counts: BatchCounts): string {
  const parts = WORDS.flatMap(([what, word]) =>
    counts[what] > 0 ? [`${counts[what]} ${word}`] : [],
  );
  return parts.join(", ");
}

export const statusLine = ({ title, counts }: BatchStatus): string =>
  `${oneLine(title)}: ${countsLine(counts)}`;

export function endOf(status: BatchStatus, paint: Paint): string {
  const { id, state, total, counts, createdAtMs, endedAtMs = createdAtMs } = status;
  const isGood = counts.succeeded === total;
  const mark = isGood ? paint.good("✓") : paint.bad("✗");
  const word = state === "expired" ? "ran out of time" : state;
  return `${mark} ${id} ${word} after ${age(endedAtMs - createdAtMs)}: of ${count(total, "call")} ${countsLine(counts)}`;
}

export function itemLine(
  { index, step, state, runs, error, result }: BatchItem,
  paint: Paint,
): string {
  const name = step ?? `#${index}`;
  const paints = {
    succeeded: paint.good,
    failed: paint.bad,
    ambiguous: paint.busy,
    skipped: paint.dim,
  };
  const why = error?.message ?? textOf(result);
  const times = runs > 1 ? ` (ran ${runs} times)` : "";
  return `${paints[state](state)} ${name}${times}${why === "" ? "" : `: ${oneLine(why).slice(0, MAX_CHARS)}`}`;
}

const MAX_CHARS = 300;

/** The first text of a tool's result. */
function textOf(result: unknown): string {
  if (typeof result !== "object" || result === null || !("content" in result)) return "";
  const [first]: unknown[] = Array.isArray(result.content) ? result.content : [];
  if (typeof first !== "object" || first === null || !("text" in first)) return "";
  return typeof first.text === "string" ? first.text : "";
}
