/** What is known about ruff's rules beyond their findings. */
import type { Severity } from "flotilla/worker/review";
import table from "../data/ruff-rules.gen.json" with { type: "json" };
import type { Diagnostic } from "./ruff.ts";
import { lineStarts, offsetOf } from "./edits.ts";

const NAMES = new Map(Object.entries(table.names));
const UNSAFE = new Set(table.unsafe);
const UNLESS_COMMENTS = new Set(table.unlessComments);

/** `unused-import` for F401. */
export function nameOf(code: string): string | undefined {
  return NAMES.get(code);
}

export function referenceOf(code: string): string | undefined {
  const name = NAMES.get(code);
  return name === undefined ? undefined : `https://docs.astral.sh/ruff/rules/${name}/`;
}

/** What breaks at run time, what probably errs, and what is style. */
const ERRORS = /^(?:invalid-syntax|F5|F6|F7|F82|PLE|E9)/;
const STYLE =
  /^(?:E[1-57]|W|I|D|N|Q|COM|ANN|UP|ERA|ISC|PT|TD|FIX|SIM|RET|C4|PIE|FLY|FURB|TC|TID|ICN|INP|EM|CPY|YTT|PTH|PLC|PLR|C90|T20|RUF0(?:01|02|03|05|10|22|23))/;

export function severityOf(code: string): Severity {
  if (ERRORS.test(code)) return "error";
  return STYLE.test(code) && !/^E7(?:1|2)/.test(code) ? "info" : "warning";
}

/** True when ruff applies the fix unasked: it keeps what the code does, and its comments. */
export function isSafe(file: string, text: string, { code, fix }: Diagnostic): boolean {
  if (code === null || fix === null || UNSAFE.has(code)) return false;
  // In a package's face an unused import may be its very purpose.
  if (code === "F401" && file.endsWith("__init__.py")) return false;
  if (!UNLESS_COMMENTS.has(code)) return true;
  const starts = lineStarts(text);
  return !fix.edits.some(({ location, end_location }) =>
    text
      .slice(offsetOf(starts, location, text.length), offsetOf(starts, end_location, text.length))
      .includes("#"),
  );
}
