/**
 * Says whether a text can be handed to ruff. Its parser recurses: text that nests thousands deep would end its whole
 * instance. Honest code stays far below these bounds.
 */
import { InputProblem } from "flotilla/worker/review";

const MAX_BRACKETS = 180;
const MAX_INDENT = 100;
/** Operators and words of one logical line: chains such as `1+1+…`, `not not …` or `a.b.c…` nest by each of them. */
const MAX_RUN = 3_000;

const OPEN = new Set(["(", "[", "{"]);
const CLOSE = new Set([")", "]", "}"]);

/** Throws `InputProblem` for text that no person wrote. Strings are not told apart: they may only make it stricter. */
export function refuseTooDeep(file: string, text: string): void {
  let [depth, run, indents, line] = [0, 0, [0], 1];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? "";
    if (OPEN.has(sign)) depth += 1;
    else if (CLOSE.has(sign)) depth = Math.max(0, depth - 1);
    if (sign === "\n") {
      line += 1;
      if (depth === 0) {
        run = 0;
        indents = indented(indents, text, at + 1);
      }
    } else if (sign === "," || sign === ";" || sign === '"' || sign === "'") run = 0;
    else if (startsWord(text, at)) run += 1;
    if (depth > MAX_BRACKETS || run > MAX_RUN || indents.length > MAX_INDENT) {
      throw new InputProblem("The code nests too deeply to be read safely.", {
        location: { file, line },
        hint: "Leave this file out.",
      });
    }
  }
}

const WORD = /[\w.]/;

/** A sign of its own, or the first letter of a word. */
function startsWord(text: string, at: number): boolean {
  const sign = text[at] ?? "";
  if (sign <= " ") return false;
  return !WORD.test(sign) || !WORD.test(text[at - 1] ?? "") || sign === ".";
}

/** The open levels of indentation after a line that starts at `from`. */
function indented(levels: number[], text: string, from: number): number[] {
  let width = 0;
  while (text[from + width] === " " || text[from + width] === "\t") width += 1;
  const first = text[from + width];
  if (first === undefined || first === "\n" || first === "\r" || first === "#") return levels;
  const kept = levels.filter((level) => level < width);
  return [...kept, width];
}
