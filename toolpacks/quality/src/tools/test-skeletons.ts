import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import { PURE, answerObject, answered, plainObject } from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import type { PackJobs } from "../jobs.ts";
import { fields, list, whole, words, yesNo } from "../lib/fields.ts";
import { codeProperties } from "../lib/inputs.ts";
import type { CodeArguments } from "../lib/inputs.ts";
import type { SkeletonAnswer, SkeletonOptions } from "../work/skeletons/review.ts";

export interface SkeletonInput extends CodeArguments, SkeletonOptions {}

export function testSkeletons(jobs: Jobs<PackJobs>): Tool {
  return defineTool<SkeletonInput>({
    name: "test_skeletons",
    title: "Write test skeletons",
    description:
      "Writes test files (Vitest, Jest or node --test) for the exported functions of TypeScript or JavaScript modules: calls with values of each parameter's type and on both sides of every boundary that the code compares with; assertions where the function's first checks prove the result or the error; fast-check properties that the result keeps its type. What only the author can know stays as it.todo. Nothing is run.",
    input: plainObject({
      ...codeProperties("TypeScript or JavaScript"),
      framework: { enum: ["vitest", "jest", "node"], description: "Default vitest." },
      only: {
        type: "array",
        items: { type: "string", minLength: 1, maxLength: 200 },
        maxItems: 500,
        description: "Names of functions. Default: all that are exported.",
      },
    }),
    output: answerObject(
      {
        tests: list({
          ...fields("source file text", words),
          functions: list({ name: words, ...fields("line asserted todo", whole), property: yesNo }),
        }),
        untested: list({ ...fields("file name reason", words), line: whole }),
        skipped: list(fields("file reason", words)),
      },
      ["tests", "untested", "skipped"],
    ),
    annotations: PURE,
    timeLimitMs: 60_000,
    examples: [
      {
        title: "A function that checks its argument",
        arguments: {
          filename: "discount.ts",
          content:
            'export function discount(count: number): number {\n  if (count < 0) throw new RangeError("count is negative");\n  if (count === 0) return 0;\n  return count >= 10 ? count * 0.1 : 0;\n}\n',
        },
      },
    ],
    run: (input, { signal }) =>
      answered(jobs.run("test_skeletons", input, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf({ tests, untested, skipped }: SkeletonAnswer): string {
  return [
    ...tests.slice(0, 3).map(({ file, functions, text }) => {
      const sum = (key: "asserted" | "todo"): number =>
        functions.reduce((all, one) => all + one[key], 0);
      return `${file}: ${functions.length} functions, ${sum("asserted")} cases asserted, ${sum("todo")} to fill in.\n\n${text.slice(0, 4_000)}`;
    }),
    ...(tests.length > 3 ? [`… and ${tests.length - 3} more files.`] : []),
    ...untested
      .slice(0, 8)
      .map((one) => `Not tested: ${one.file}:${one.line} ${one.name}: ${one.reason}`),
    ...skipped.slice(0, 5).map(({ file, reason }) => `Not read: ${file}: ${reason}`),
  ].join("\n");
}
