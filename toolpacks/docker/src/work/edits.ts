/** Changes to one text, and the unified diff they make. */
import { createTwoFilesPatch } from "diff";

export interface Edit {
  /** Offsets; `start` equal to `end` inserts. */
  start: number;
  end: number;
  text: string;
}

/** All edits at once. One that overlaps an earlier one is left out. */
export function applyEdits(source: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < at) continue;
    result += source.slice(at, start) + text;
    at = end;
  }
  return result + source.slice(at);
}

/** For `git apply`. */
export function diffOf(file: string, before: string, after: string): string {
  const patch = createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after, undefined, undefined, {
    context: 2,
  });
  return patch.replace(/^=+\n/, "");
}
