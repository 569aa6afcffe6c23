/** What can be told from the new lines alone, whatever the language. */
import type { Finding, Severity } from "flotilla/worker/review";
import type { ChangedFile } from "./changes.ts";
import { kindOf } from "./kinds.ts";

interface LineRule {
  rule: string;
  severity: Severity;
  pattern: RegExp;
  message: string;
  fix: string;
  /** In which kinds of files. Default: all that people write. */
  only?: "test" | "code";
}

const RULES: readonly LineRule[] = [
  {
    rule: "conflict-marker",
    severity: "error",
    pattern: /^(?:<{7}|>{7}|\|{7})(?: |$)/,
    message: "A conflict was not resolved.",
    fix: "Choose one side and remove the markers.",
  },
  {
    rule: "focused-test",
    severity: "error",
    pattern: /\b(?:it|test|describe|suite|context)\.only\b|\b(?:fit|fdescribe)\(/,
    message: "Only this test would run.",
    fix: "Take away only.",
    only: "test",
  },
  {
    rule: "skipped-test",
    severity: "warning",
    pattern:
      /\b(?:it|test|describe|suite)\.skip\b|\b(?:xit|xdescribe)\(|@(?:pytest\.mark\.skip\b|unittest\.skip\b|Disabled\b|Ignore\b)|\bt\.Skip\(/,
    message: "A test was switched off.",
    fix: "Repair it, or say in the change why it cannot run.",
    only: "test",
  },
  {
    rule: "suppressed-check",
    severity: "info",
    pattern:
      /@ts-(?:ignore|nocheck|expect-error)|eslint-disable|oxlint-disable|biome-ignore|#\s?(?:noqa|type:\s?ignore|pylint:\s?disable)|\/\/\s?(?:nolint|NOSONAR)|@SuppressWarnings|#\[allow\(|istanbul ignore|c8 ignore/,
    message: "A check was switched off.",
    fix: "Repair what it found, or say beside it why it is wrong here.",
    only: "code",
  },
  {
    rule: "leftover-debugging",
    severity: "warning",
    pattern:
      /^\s*(?:console\.(?:log|dir|trace)\(|debugger\b|print\(f?["']{1,3}(?:DEBUG|debug|XXX|here)|breakpoint\(\)|import pdb|fmt\.Println\("(?:DEBUG|debug|XXX|here)|dbg!\(|System\.out\.println\("(?:DEBUG|debug|XXX|here))/,
    message: "This looks like left over from debugging.",
    fix: "Remove it, or use the program's log.",
    only: "code",
  },
];

/** Longer lines are data. */
const MAX_LINE = 2_000;
const MAX_PER_FILE = 50;

export function checkLines({ path, added }: ChangedFile): Finding[] {
  const kind = kindOf(path);
  if (kind === "lock" || kind === "generated") return [];
  const isCode = kind === "source" || kind === "test";
  const fitting = RULES.filter(
    ({ only }) => only === undefined || (only === "test" ? kind === "test" : isCode),
  );
  const found: Finding[] = [];
  for (const { line, text } of added) {
    if (text.length > MAX_LINE) continue;
    for (const { rule, severity, pattern, message, fix } of fitting) {
      const match = pattern.exec(text);
      if (match === null) continue;
      const location = { file: path, line, column: match.index + 1 };
      found.push({
        rule,
        severity,
        message,
        location,
        evidence: match[0].trim().slice(0, 80),
        fix,
      });
    }
    if (found.length >= MAX_PER_FILE) break;
  }
  return found;
}
