/**
 * Says whether a text can be handed to ruff. Its parser recurses: text that nests thousands deep would end its whole
 * instance. Honest code stays far below these bounds.
 */
import { InputProblem } from "flotilla/worker/review";

const MAX_BRACKETS = 180;
const MAX_INDENTS = 100;
/** Operators and words between two commas: chains such as `1+1+…`, `not not …` or `a.b.c…` nest by each of them. */
const MAX_RUN = 3_000;

const NEWLINE = 10;
const SPACE = 32;
const TAB = 9;
const DOT = 46;
const HASH = 35;

/** Throws `InputProblem` for text that no person wrote. Strings are not told apart: they may only make it stricter. */
export function refuseTooDeep(file: string, text: string): void {
  let [depth, run, line] = [0, 0, 1];
  let indents = [0];
  let inWord = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (opens(code)) depth += 1;
    else if (closes(code)) depth = Math.max(0, depth - 1);
    else if (code === NEWLINE) {
      line += 1;
      if (depth === 0) {
        run = 0;
        indents = indented(indents, text, at + 1);
      }
    }
    const isWord = inName(code);
    if (endsRun(code)) run = 0;
    else if (code > SPACE && (!isWord || !inWord)) run += 1;
    inWord = isWord;
    if (depth > MAX_BRACKETS || run > MAX_RUN || indents.length > MAX_INDENTS) {
      throw new InputProblem("The code nests too deeply to be read safely.", {
        location: { file, line },
        hint: "Leave this file out.",
      });
    }
  }
}

/** ( [ { */
const opens = (code: number): boolean => code === 40 || code === 91 || code === 123;
/** ) ] } */
const closes = (code: number): boolean => code === 41 || code === 93 || code === 125;
/** , ; " ' */
const endsRun = (code: number): boolean => code === 44 || code === 59 || code === 34 || code === 39;

/** Letters, digits and `_`; a dot begins a part of its own. */
function inName(code: number): boolean {
  if (code === DOT) return false;
  return (
    code > 127 ||
    code === 95 ||
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57)
  );
}

/** The open levels of indentation after a line that starts at `from`. */
function indented(levels: number[], text: string, from: number): number[] {
  let width = 0;
  for (let code = text.charCodeAt(from); code === SPACE || code === TAB;) {
    width += 1;
    code = text.charCodeAt(from + width);
  }
  const first = text.charCodeAt(from + width);
  // Blank lines and comments stand anywhere; NaN is the end.
  if (!(first > SPACE) || first === HASH) return levels;
  if (width === levels.at(-1)) return levels;
  return [...levels.filter((level) => level < width), width];
}
