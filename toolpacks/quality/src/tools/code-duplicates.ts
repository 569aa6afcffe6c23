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
import type { DuplicateOptions } from "../work/duplicates/find.ts";

export interface DuplicatesInput extends CodeArguments, DuplicateOptions {}

const whole = { type: "integer" };
const words = { type: "string" };
const place = answerObject(
  { file: words, line: whole, column: whole, endLine: whole, endColumn: whole },
  ["file", "line", "column", "endLine", "endColumn"],
);
const group = answerObject(
  {
    rule: words,
    format: words,
    lines: whole,
    tokens: whole,
    places: { type: "array", items: place },
    fragment: { ...words, description: "The first lines of it." },
  },
  ["rule", "format", "lines", "tokens", "places", "fragment"],
);

/** The same few lines twice, for the example. */
const CHECK =
  "  if (typeof value !== 'number' || Number.isNaN(value)) {\n    throw new TypeError('not a number: ' + String(value));\n  }\n  if (value < low || value > high) {\n    throw new RangeError(value + ' is not between ' + low + ' and ' + high);\n  }\n";

export function codeDuplicates(jobs: Jobs<PackJobs>): Tool {
  return defineTool<DuplicatesInput>({
    name: "code_duplicates",
    title: "Find copied code",
    description:
      "Finds code that was copied and pasted, within a file and between files, in more than 150 languages (jscpd's tokens, so that layout does not matter). Equal places come as one group with all their places, the largest first, with the share of duplicated lines. Use to see what to move into one function.",
    input: plainObject({
      ...codeProperties("any programming or markup language"),
      minTokens: { ...whole, minimum: 10, maximum: 10_000, description: "Default 50." },
      minLines: { ...whole, minimum: 1, maximum: 10_000, description: "Default 5." },
      mode: {
        enum: ["strict", "mild", "weak"],
        description:
          "Default mild: blank lines do not count. weak: nor do comments. strict: all counts.",
      },
      ignore: ignoreProperty,
    }),
    output: answerObject(
      {
        files: whole,
        lines: whole,
        duplicatedLines: { ...whole, description: "Without the first place of each group." },
        percentage: { type: "number" },
        duplicates: { type: "array", items: group },
        ...reportProperties,
      },
      ["files", "lines", "duplicatedLines", "percentage", "duplicates", ...reportRequired],
    ),
    annotations: PURE,
    timeLimitMs: 45_000,
    examples: [
      {
        title: "The same check in two files",
        arguments: {
          files: {
            "percent.js": `export function percent(value, low = 0, high = 100) {\n${CHECK}  return value / 100;\n}\n`,
            "degrees.js": `export function degrees(value, low = 0, high = 360) {\n${CHECK}  return value / 360;\n}\n`,
          },
        },
      },
    ],
    run: (input, { signal }) =>
      answered(jobs.run("code_duplicates", input, signal), (value) =>
        structured(
          value,
          `${value.duplicatedLines} of ${value.lines} lines in ${value.files} files are copies (${value.percentage} %). ${summaryOf(value)}`,
        ),
      ),
  });
}
