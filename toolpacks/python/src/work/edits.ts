/** Edits of a text, and the unified diff of what they make. */
import { createTwoFilesPatch, formatPatch, structuredPatch } from "diff";
import type { Edit, Place } from "./ruff.ts";

/** A diff that would need more changes than this is not computed; the whole text is given instead. */
const MAX_CHANGES = 20_000;
const DIFF_TIMEOUT_MS = 2_000;

/** Offsets of line starts, for places to become offsets. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

export function offsetOf(starts: readonly number[], { row, column }: Place, end: number): number {
  const start = starts[row - 1];
  return start === undefined ? end : Math.min(end, start + column - 1);
}

export interface Change {
  edits: readonly Edit[];
}

/** As many changes as fit beside each other, first come first served; a change goes in whole or not at all. */
export function applied<T extends Change>(
  text: string,
  changes: readonly T[],
): { text: string; taken: T[] } {
  const starts = lineStarts(text);
  const spans: { from: number; to: number; content: string }[] = [];
  const taken: T[] = [];
  const used = new Set<string>();
  let last = -1;
  const ordered = changes
    .map((change) => ({ change, spans: spansOf(change, starts, text.length) }))
    .filter(({ spans: own }) => own.length > 0)
    .toSorted((a, b) => (a.spans[0]?.from ?? 0) - (b.spans[0]?.from ?? 0));
  for (const { change, spans: own } of ordered) {
    const fresh = own.filter(({ from, to, content }) => !used.has(`${from}:${to}:${content}`));
    // Two fixes may want the same import: the second needs it no more.
    if (fresh.some(({ from }) => from <= last)) continue;
    for (const span of fresh) used.add(`${span.from}:${span.to}:${span.content}`);
    spans.push(...fresh);
    taken.push(change);
    last = Math.max(last, ...fresh.map(({ from, to }) => Math.max(from, to - 1)));
  }
  const parts: string[] = [];
  let at = 0;
  for (const { from, to, content } of spans.toSorted((a, b) => a.from - b.from)) {
    parts.push(text.slice(at, from), content);
    at = to;
  }
  return { text: [...parts, text.slice(at)].join(""), taken };
}

function spansOf({ edits }: Change, starts: readonly number[], end: number) {
  return edits
    .map(({ content, location, end_location }) => ({
      from: offsetOf(starts, location, end),
      to: offsetOf(starts, end_location, end),
      content: content ?? "",
    }))
    .toSorted((a, b) => a.from - b.from);
}

const HEADERS = { includeIndex: false, includeUnderline: false, includeFileHeaders: true };

/** A unified diff that `git apply` takes; empty when nothing changed, undefined when it would be too large. */
export function patchOf(file: string, before: string, after: string): string | undefined {
  if (before === after) return "";
  return createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after, undefined, undefined, {
    context: 3,
    maxEditLength: MAX_CHANGES,
    timeout: DIFF_TIMEOUT_MS,
    headerOptions: HEADERS,
  });
}

const CONTEXT_LINES = 3;

/** The unified diff of one change alone. Looks at the lines around it only, so that a report of hundreds stays quick. */
export function patchOfChange(file: string, text: string, change: Change): string | undefined {
  const starts = lineStarts(text);
  const rows = change.edits.flatMap(({ location, end_location }) => [
    location.row,
    end_location.row,
  ]);
  const first = Math.max(1, Math.min(...rows) - CONTEXT_LINES);
  const last = Math.max(...rows) + CONTEXT_LINES;
  const from = starts[first - 1] ?? 0;
  const to = starts[last] ?? text.length;
  const moved = change.edits.map((edit) => ({
    content: edit.content,
    location: { ...edit.location, row: edit.location.row - first + 1 },
    end_location: { ...edit.end_location, row: edit.end_location.row - first + 1 },
  }));
  const part = text.slice(from, to);
  const { text: after } = applied(part, [{ edits: moved }]);
  const patch = structuredPatch(`a/${file}`, `b/${file}`, part, after, undefined, undefined, {
    context: CONTEXT_LINES,
    maxEditLength: 500,
  });
  if (patch === undefined || patch.hunks.length === 0) return undefined;
  for (const hunk of patch.hunks) {
    hunk.oldStart += first - 1;
    hunk.newStart += first - 1;
  }
  return formatPatch(patch, HEADERS);
}
