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
import type { ComplexityAnswer, ComplexityOptions } from "../work/complexity/review.ts";

export interface ComplexityInput extends CodeArguments, ComplexityOptions {}

const words = { type: "string" };
const whole = { type: "integer" };
const limit = { type: "integer", minimum: 0, maximum: 100_000 };

const input = plainObject({
  ...codeProperties("JavaScript, TypeScript, Python, Go, Java, Rust, C or C++"),
  limits: {
    ...plainObject({
      cyclomatic: limit,
      cognitive: limit,
      nesting: limit,
      lines: limit,
      parameters: limit,
    }),
    description: "What is too much. Default: 10, 15, 4, 60, 5.",
  },
  history: {
    type: "string",
    maxLength: 8_000_000,
    description: "Output of `git log --numstat`: ranks files by changes times complexity.",
  },
  ignore: ignoreProperty,
});

const fields = (names: string, type: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(names.split(" ").map((name) => [name, type]));
const list = (properties: Record<string, unknown>): Record<string, unknown> => ({
  type: "array",
  items: answerObject(properties, Object.keys(properties)),
});

const output = answerObject(
  {
    files: list({
      ...fields("file language", words),
      ...fields("functions lines cyclomatic cognitive", whole),
      partial: { type: "boolean", description: "It has syntax errors." },
    }),
    functions: list({
      ...fields("file name", words),
      ...fields("line column endLine cyclomatic cognitive nesting lines parameters", whole),
      partial: { type: "boolean", description: "It could not be read in full: no findings." },
    }),
    functionCount: whole,
    hotSpots: list({ file: words, ...fields("commits churn cognitive score", whole) }),
    ...reportProperties,
  },
  ["files", "functions", "functionCount", "hotSpots", ...reportRequired],
);

export function codeComplexity(jobs: Jobs<PackJobs>): Tool {
  return defineTool<ComplexityInput>({
    name: "code_complexity",
    title: "Measure complexity",
    description:
      "Measures every function of JavaScript, TypeScript, Python, Go, Java, Rust, C and C++ files: cyclomatic complexity, cognitive complexity (SonarSource's white paper), nesting, length, parameters; says which are over the limits. With the output of git log --numstat it ranks hot spots: complex files that change often. Use to choose what to refactor.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 30_000,
    examples: [
      {
        title: "A function with nested loops",
        arguments: {
          filename: "primes.py",
          content:
            "def primes(limit):\n    found = []\n    for number in range(2, limit):\n        for known in found:\n            if number % known == 0:\n                break\n        else:\n            found.append(number)\n    return found\n",
          limits: { cognitive: 5 },
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("code_complexity", given, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: ComplexityAnswer): string {
  const { files, functions, functionCount, hotSpots } = value;
  const partial = files.filter((one) => one.partial);
  return [
    `${functionCount} functions in ${files.length} files.`,
    ...functions
      .slice(0, 5)
      .map(
        (one) =>
          `- ${one.file}:${one.line} ${one.name}: cognitive ${one.cognitive}, cyclomatic ${one.cyclomatic}, ${one.lines} lines`,
      ),
    ...(hotSpots.length === 0 ? [] : ["Hot spots (commits × cognitive):"]),
    ...hotSpots
      .slice(0, 5)
      .map((one) => `- ${one.file}: ${one.commits} × ${one.cognitive} = ${one.score}`),
    ...(partial.length === 0
      ? []
      : [
          `With syntax errors: ${partial
            .slice(0, 5)
            .map(({ file }) => file)
            .join(", ")}.`,
        ]),
    summaryOf(value, 8),
  ].join("\n");
}
