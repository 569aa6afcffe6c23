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
import type { PackJobs } from "../jobs.ts";
import { codeProperties } from "../lib/inputs.ts";
import type { CodeArguments } from "../lib/inputs.ts";
import type { RefactorAnswer, RefactorOptions } from "../work/refactor/review.ts";

export interface RefactorInput extends CodeArguments, RefactorOptions {}

const words = { type: "string" };
const whole = { type: "integer" };
const limit = { type: "integer", minimum: 1, maximum: 10_000 };
const extraction = answerObject(
  {
    file: words,
    from: words,
    name: words,
    line: whole,
    endLine: whole,
    lines: whole,
    parameters: whole,
    patch: words,
  },
  ["file", "from", "name", "line", "endLine", "lines", "parameters", "patch"],
);

export function codeRefactor(jobs: Jobs<PackJobs>): Tool {
  return defineTool<RefactorInput>({
    name: "code_refactor",
    title: "Suggest refactorings",
    description:
      "Finds long functions, long parameter lists, parameters that nothing reads and methods that envy another object in JavaScript and TypeScript, and offers the change as a patch for git apply: the best part of a long function moved into one of its own, parameters as one object with all callers, dead parameters that no caller passes removed. Every patch was applied and parses; an extraction also brings no type error.",
    input: plainObject({
      ...codeProperties("JavaScript or TypeScript"),
      limits: {
        ...plainObject({ lines: limit, parameters: limit }),
        description: "What is too long. Default: 60 lines, 4 parameters.",
      },
      ignore: ignoreProperty,
    }),
    output: answerObject(
      {
        files: whole,
        functions: whole,
        skipped: {
          type: "array",
          items: answerObject({ file: words, reason: words }, ["file", "reason"]),
        },
        extractions: { type: "array", items: extraction },
        ...reportProperties,
      },
      ["files", "functions", "skipped", "extractions", ...reportRequired],
    ),
    annotations: PURE,
    timeLimitMs: 60_000,
    examples: [
      {
        title: "A dead parameter and a part to move out",
        arguments: {
          filename: "report.ts",
          content:
            "export function report(orders: { price: number; count: number }[], title: string, unused: boolean) {\n  // Add up the orders\n  let total = 0;\n  let pieces = 0;\n  for (const { price, count } of orders) {\n    total += price * count;\n    pieces += count;\n  }\n\n  const lines = [title, String(total), String(pieces)];\n  return lines.join('\\n');\n}\n",
          limits: { lines: 8 },
        },
      },
    ],
    run: (input, { signal }) =>
      answered(jobs.run("code_refactor", input, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: RefactorAnswer): string {
  const { files, functions, extractions, skipped } = value;
  return [
    `${functions} functions in ${files} files. ${summaryOf(value)}`,
    ...extractions
      .slice(0, 5)
      .map(
        (one) =>
          `Patch ready: ${one.file}:${one.line}-${one.endLine} of ${one.from} → ${one.name} (${one.lines} lines, ${one.parameters} parameters).`,
      ),
    ...skipped.slice(0, 5).map(({ file, reason }) => `Not read: ${file}: ${reason}`),
  ].join("\n");
}
