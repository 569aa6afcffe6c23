import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  answered,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import { sourceProperties } from "flotilla/worker/sources";
import type { SourceInput } from "flotilla/worker/sources";
import type { PackJobs } from "../jobs.ts";
import { LIMITS } from "../lib/inputs.ts";
import type { ReviewAnswer } from "../work/review/review.ts";

export interface ReviewInput extends SourceInput {
  diff: string;
  history?: string;
  ignore?: string[];
}

const whole = { type: "integer" };
const words = { type: "string" };

const input = plainObject(
  {
    diff: { ...words, minLength: 1, maxLength: 4_000_000, description: "The output of git diff." },
    ...sourceProperties(
      {
        files:
          "Changed files as they are after the change, by the diff's paths: needed for lint and complexity.",
        path: "The folder that the diff's paths are relative to.",
      },
      LIMITS,
    ),
    history: {
      ...words,
      maxLength: 8_000_000,
      description: "Output of git log --numstat: files that change often are riskier.",
    },
    ignore: ignoreProperty,
  },
  ["diff"],
);

const touched = answerObject(
  { name: words, line: whole, cyclomatic: whole, cognitive: whole, before: whole },
  ["name", "line", "cyclomatic", "cognitive"],
);
const file = answerObject(
  {
    file: words,
    status: { enum: ["added", "deleted", "modified", "renamed"] },
    kind: { enum: ["source", "test", "docs", "config", "lock", "generated"] },
    added: whole,
    removed: whole,
    functions: { type: "array", items: touched },
    risk: { ...whole, description: "0 to 100, to sort by." },
    level: { enum: ["high", "medium", "low"] },
  },
  ["file", "status", "kind", "added", "removed", "functions", "risk", "level"],
);
const output = answerObject(
  {
    files: { type: "array", items: file },
    added: whole,
    removed: whole,
    partial: { type: "array", items: words, description: "Only their new lines were seen." },
    ...reportProperties,
  },
  ["files", "added", "removed", "partial", ...reportRequired],
);

export function codeReviewDiff(jobs: Jobs<PackJobs>, now: () => number): Tool {
  return defineTool<ReviewInput>({
    name: "code_review_diff",
    title: "Review a change",
    description:
      "Reviews a unified diff: lints only the lines that changed, finds secrets in them, functions that became more complex, missing or removed or focused tests, leftovers, suppressed checks, lock files that were forgotten; ranks files by risk (size, complexity, past changes, tests). Pass the changed files too for lint and complexity. Use before committing or on a pull request.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 45_000,
    examples: [
      {
        title: "A change with a leftover and no test",
        arguments: {
          diff: "diff --git a/src/price.js b/src/price.js\n--- a/src/price.js\n+++ b/src/price.js\n@@ -1,3 +1,4 @@\n export function price(list) {\n-  return list.reduce((sum, one) => sum + one, 0);\n+  console.log(list);\n+  return list.length == 0 ? 0 : list.reduce((sum, one) => sum + one, 0);\n }\n",
          files: {
            "src/price.js":
              "export function price(list) {\n  console.log(list);\n  return list.length == 0 ? 0 : list.reduce((sum, one) => sum + one, 0);\n}\n",
          },
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("code_review_diff", { ...given, nowMs: now() }, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: ReviewAnswer): string {
  const { files, added, removed, partial } = value;
  return [
    `${files.length} ${files.length === 1 ? "file" : "files"}, +${added} −${removed}.`,
    ...files
      .slice(0, 5)
      .map(
        (one) => `- ${one.file}: risk ${one.risk} (${one.level}), +${one.added} −${one.removed}`,
      ),
    summaryOf(value),
    ...(partial.length === 0
      ? []
      : [`Without their text, not linted and not measured: ${partial.slice(0, 5).join(", ")}.`]),
  ].join("\n");
}
