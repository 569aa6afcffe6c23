/** What Docker itself would refuse, as dockerfile-utils knows it. */
import { validate, ValidationCode, ValidationSeverity } from "dockerfile-utils";
import type { Rule } from "../reporting.ts";
import { lineStarts } from "../model.ts";

const { IGNORE, WARNING } = ValidationSeverity;
/** Said by rules of this pack, with a reference and a fix. */
const SAID_ELSEWHERE = new Set<unknown>([
  ValidationCode.DEPRECATED_MAINTAINER,
  ValidationCode.DUPLICATE_BUILD_STAGE_NAME,
  ValidationCode.MULTIPLE_INSTRUCTIONS,
  ValidationCode.WORKDIR_IS_NOT_ABSOLUTE,
  ValidationCode.ONBUILD_CHAINING_DISALLOWED,
  ValidationCode.ONBUILD_TRIGGER_DISALLOWED,
  ValidationCode.INVALID_DESTINATION,
  ValidationCode.EMPTY_CONTINUATION_LINE,
]);
/** BuildKit learns new flags faster than the library. */
const FLAGS: Record<string, readonly string[]> = {
  ADD: ["checksum", "chown", "chmod", "exclude", "keep-git-dir", "link", "unpack"],
  COPY: ["chown", "chmod", "exclude", "from", "link", "parents"],
  FROM: ["platform"],
  HEALTHCHECK: ["interval", "timeout", "start-period", "start-interval", "retries"],
  RUN: ["device", "mount", "network", "security"],
};
const FLAG_CODES = new Set<unknown>([
  ValidationCode.UNKNOWN_ADD_FLAG,
  ValidationCode.UNKNOWN_COPY_FLAG,
  ValidationCode.UNKNOWN_FROM_FLAG,
  ValidationCode.UNKNOWN_HEALTHCHECK_FLAG,
]);

export const syntaxRules: Rule = ({ model, report }) => {
  const lines = lineStarts(model.source);
  const offset = (at: { line: number; character: number }): number =>
    Math.min(model.source.length, (lines[at.line] ?? 0) + at.character);
  const problems = validate(model.source, {
    emptyContinuationLine: IGNORE,
    deprecatedMaintainer: IGNORE,
    instructionCasing: WARNING,
    directiveCasing: WARNING,
    instructionCmdMultiple: IGNORE,
    instructionEntrypointMultiple: IGNORE,
    instructionHealthcheckMultiple: IGNORE,
    instructionWorkdirRelative: IGNORE,
    instructionJSONInSingleQuotes: WARNING,
  });
  for (const { code, message: told, range, severity } of problems) {
    const message = typeof told === "string" ? told : told.value;
    if (SAID_ELSEWHERE.has(code) || FLAG_CODES.has(code)) continue;
    report({
      rule: ruleOf(code),
      severity: severity === 1 ? "error" : "warning",
      at: { start: offset(range.start), end: offset(range.end) },
      message: message.endsWith(".") ? message : `${message}.`,
      evidence: model.source.slice(offset(range.start), offset(range.end)),
      fix: "Write it as the Dockerfile reference says.",
      reference: "Dockerfile reference",
    });
  }
  for (const one of model.instructions) {
    for (const { name } of one.flags) {
      const known = FLAGS[one.keyword];
      if (known === undefined || known.includes(name)) continue;
      report({
        rule: "unknown-flag",
        severity: "error",
        at: one,
        object: `--${name}`,
        message: `${one.keyword} has no flag --${name}.`,
        evidence: `--${name}`,
        fix: `Known are ${known.map((flag) => `--${flag}`).join(", ")}.`,
        reference: "Dockerfile reference",
      });
    }
  }
};

function ruleOf(code: unknown): string {
  const name = typeof code === "number" ? ValidationCode[code] : undefined;
  return `syntax-${(name ?? "problem").toLowerCase().replaceAll("_", "-")}`;
}
