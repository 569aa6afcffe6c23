/** Changes as unified diffs that `git apply` takes. */
import { createTwoFilesPatch, formatPatch } from "diff";

/** A file that changed nearly everywhere takes long to compare: then all of it is replaced. */
const TIMEOUT_MS = 300;

/** Undefined when nothing changed. */
export function patchOf(path: string, before: string, after: string): string | undefined {
  if (before === after) return undefined;
  const [from, to] = [`a/${path}`, `b/${path}`];
  const options = { context: 3, timeout: TIMEOUT_MS };
  const patch = createTwoFilesPatch(from, to, before, after, "", "", options);
  return (patch ?? replaced(from, to, { before, after }))
    .replace(/^=+\n/, "")
    .replaceAll(/^(---|\+\+\+) (.*?)\t?$/gm, "$1 $2");
}

function replaced(from: string, to: string, texts: { before: string; after: string }): string {
  const before = linesOf(texts.before);
  const after = linesOf(texts.after);
  const lines = [...signed("-", before), ...signed("+", after)];
  return formatPatch({
    oldFileName: from,
    newFileName: to,
    oldHeader: "",
    newHeader: "",
    hunks: [{ oldStart: 1, oldLines: before.length, newStart: 1, newLines: after.length, lines }],
  });
}

/** Each with its newline; the last may lack it. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function signed(sign: "-" | "+", lines: readonly string[]): string[] {
  return lines.flatMap((line) =>
    line.endsWith("\n")
      ? [`${sign}${line.slice(0, -1)}`]
      : [`${sign}${line}`, String.raw`\ No newline at end of file`],
  );
}
