/** One replaced piece of text as a unified diff. */
import type { Node, Source } from "./ast.ts";

const CONTEXT = 3;

export function lineDiff(
  { file, text, at }: Source,
  { start, end }: Pick<Node, "start" | "end">,
  replacement: string,
): string {
  const lines = text.split("\n");
  const [first, last] = [at(start), at(end)];
  const changed =
    text.slice(start - first.column + 1, start) +
    replacement +
    (lines[last.line - 1] ?? "").slice(last.column - 1);
  const from = Math.max(1, first.line - CONTEXT);
  const to = Math.min(lines.length - (text.endsWith("\n") ? 1 : 0), last.line + CONTEXT);
  const old = to - from + 1;
  const fresh = old - (last.line - first.line) + (changed.split("\n").length - 1);
  const kept = (a: number, b: number): string[] => lines.slice(a - 1, b).map((line) => ` ${line}`);
  return [
    `--- a/${file}`,
    `+++ b/${file}`,
    `@@ -${from},${old} +${from},${fresh} @@`,
    ...kept(from, first.line - 1),
    ...lines.slice(first.line - 1, last.line).map((line) => `-${line}`),
    ...changed.split("\n").map((line) => `+${line}`),
    ...kept(last.line + 1, to),
    "",
  ].join("\n");
}
