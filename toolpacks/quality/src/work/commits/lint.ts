/** Commit messages against the rules of Conventional Commits, by commitlint. */
import lint from "@commitlint/lint";
import { RuleConfigSeverity } from "@commitlint/types";
import type { QualifiedRules } from "@commitlint/types";
import type { Finding } from "flotilla/worker/review";

export interface CommitRules {
  types?: string[] | undefined;
  scopes?: string[] | undefined;
  headerLength?: number | undefined;
  lineLength?: number | undefined;
}

const { Error: ERROR, Warning: WARNING } = RuleConfigSeverity;
export const TYPES: readonly string[] = [
  "build",
  "chore",
  "ci",
  "docs",
  "feat",
  "fix",
  "perf",
  "refactor",
  "revert",
  "style",
  "test",
];
const DEFAULT_LENGTH = 100;

/** The rules of @commitlint/config-conventional, with what the caller sets. */
function rulesOf({
  types = [...TYPES],
  scopes,
  headerLength = DEFAULT_LENGTH,
  lineLength = DEFAULT_LENGTH,
}: CommitRules): QualifiedRules {
  return {
    "body-leading-blank": [WARNING, "always"],
    "body-max-line-length": [ERROR, "always", lineLength],
    "footer-leading-blank": [WARNING, "always"],
    "footer-max-line-length": [ERROR, "always", lineLength],
    "header-max-length": [ERROR, "always", headerLength],
    "header-trim": [ERROR, "always"],
    "subject-case": [ERROR, "never", ["sentence-case", "start-case", "pascal-case", "upper-case"]],
    "subject-empty": [ERROR, "never"],
    "subject-full-stop": [ERROR, "never", "."],
    "type-case": [ERROR, "always", "lower-case"],
    "type-empty": [ERROR, "never"],
    "type-enum": [ERROR, "always", types],
    ...(scopes === undefined ? {} : { "scope-enum": [ERROR, "always", scopes] }),
  };
}

/** As the Conventional Commits 1.0 specification has it. */
export const PARSER = {
  headerPattern: /^(\w*)(?:\(([^()\n]*)\))?!?: (.*)$/,
  breakingHeaderPattern: /^(\w*)(?:\(([^()\n]*)\))?!: (.*)$/,
  headerCorrespondence: ["type", "scope", "subject"],
  noteKeywords: ["BREAKING CHANGE", "BREAKING-CHANGE"],
  issuePrefixes: ["#"],
};

const FIXES: Record<string, string> = {
  "type-empty": "Begin with a type: feat: …, fix(scope): …",
  "subject-empty": "Say after the colon what the commit does.",
  "header-max-length": "Shorten the first line; the rest goes into the body.",
  "body-leading-blank": "Leave the second line empty.",
  "footer-leading-blank": "Leave a line empty before the footer.",
  "subject-full-stop": "Leave out the full stop.",
  "subject-case": "Begin the subject with a small letter.",
};

export async function lintMessage(
  message: string,
  rules: CommitRules,
): Promise<Pick<Finding, "rule" | "severity" | "message" | "fix">[]> {
  const { errors, warnings } = await lint(message, rulesOf(rules), { parserOpts: PARSER });
  return [...errors, ...warnings].map(({ name, level, message: said }) => {
    const fix = FIXES[name];
    return {
      rule: `commitlint/${name}`,
      severity: level === ERROR ? "error" : "warning",
      message: `${said.charAt(0).toUpperCase()}${said.slice(1)}.`,
      ...(fix === undefined ? {} : { fix }),
    };
  });
}
