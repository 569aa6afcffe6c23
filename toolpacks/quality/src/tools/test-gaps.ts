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
import { amount, fields, list, whole, wordList, words } from "../lib/fields.ts";
import { codeProperties } from "../lib/inputs.ts";
import type { CodeArguments } from "../lib/inputs.ts";
import type { GapAnswer, GapOptions } from "../work/gaps/review.ts";

export interface GapInput extends CodeArguments, GapOptions {}

const text = { type: "string", maxLength: 8_000_000 };

const input = plainObject(
  {
    coverage: {
      ...text,
      maxLength: 16_000_000,
      description: "The text of lcov.info, coverage-final.json or a Cobertura XML.",
    },
    ...codeProperties(
      "the code that the report is about, in JavaScript, TypeScript, Python, Go, Java, Rust, C or C++",
    ),
    diff: { ...text, description: "A unified diff: its new lines weigh more." },
    history: {
      ...text,
      description: "Output of `git log --numstat`: files that change often weigh more.",
    },
    maxCrap: { type: "number", minimum: 1, maximum: 100_000, description: "Default 30." },
    ignore: ignoreProperty,
  },
  ["coverage"],
);
const output = answerObject(
  {
    format: { enum: ["lcov", "istanbul", "cobertura"] },
    ...fields("lines covered", whole),
    percent: amount,
    files: list({
      file: words,
      ...fields("lines covered branches branchesTaken", whole),
      percent: amount,
    }),
    functions: list({
      ...fields("file name", words),
      ...fields("line endLine cyclomatic branchesMissed changedUncovered", whole),
      ...fields("percent crap", amount),
      uncovered: { ...words, description: "Lines, such as 3-5, 9." },
    }),
    changed: answerObject({ ...fields("lines covered", whole), percent: amount }, [
      "lines",
      "covered",
      "percent",
    ]),
    unknown: wordList,
    ...reportProperties,
  },
  [..."format lines covered percent files functions unknown".split(" "), ...reportRequired],
);

export function testGaps(jobs: Jobs<PackJobs>): Tool {
  return defineTool<GapInput>({
    name: "test_gaps",
    title: "Find gaps in tests",
    description:
      "Says what to test first: reads a coverage report (LCOV, Istanbul JSON, Cobertura XML) together with the code, measures how complex each function is, and ranks what no test runs by risk (CRAP score), by lines that the diff changed and by how often the file changes. Also: coverage of the changed lines, files no test loads. Use after a coverage run.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 30_000,
    examples: [
      {
        title: "A function that is half tested",
        arguments: {
          coverage:
            "TN:\nSF:src/price.js\nDA:1,1\nDA:2,1\nDA:3,0\nDA:5,1\nLF:4\nLH:3\nend_of_record\n",
          filename: "src/price.js",
          content:
            "export function price(n) {\n  if (n > 9)\n    return n * 0.9;\n\n  return n;\n}\n",
        },
      },
    ],
    run: (input, { signal }) =>
      answered(jobs.run("test_gaps", input, signal), (value) => structured(value, textOf(value))),
  });
}

function textOf(value: GapAnswer): string {
  const { percent, covered, lines, changed, functions } = value;
  return [
    `${percent} % of ${lines} lines are run (${covered}).${changed === undefined ? "" : ` Of the changed lines: ${changed.percent} % of ${changed.lines}.`}`,
    ...functions
      .slice(0, 8)
      .map(
        (one) =>
          `- ${one.file}:${one.line} ${one.name}: ${one.percent} %, CRAP ${one.crap}; not run: ${one.uncovered}`,
      ),
    summaryOf(value, 8),
  ].join("\n");
}
