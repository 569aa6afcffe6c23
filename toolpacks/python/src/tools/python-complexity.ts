import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import { codeProperties } from "../lib/inputs.ts";
import type { Given } from "../lib/inputs.ts";
import { onSources } from "../lib/run.ts";
import type { PythonJobs } from "../lib/run.ts";
import { numbers } from "../lib/schemas.ts";
import type { ComplexityAnswer, ComplexityInput } from "../work/complexity.ts";

const bound = (description: string) => ({
  type: "integer",
  minimum: 1,
  maximum: 100_000,
  description,
});
const input = plainObject({
  ...codeProperties,
  maxCyclomatic: bound("Findings above it. Default 10."),
  maxCognitive: bound("Default 15."),
  maxLines: bound("Lines of a function. Default 80."),
  maxNesting: bound("Default 4."),
  maxParameters: bound("Without self. Default 7."),
  top: {
    type: "integer",
    minimum: 1,
    maximum: 1_000,
    description: "Functions listed. Default 50.",
  },
  ignore: ignoreProperty,
});
const output = answerObject(
  {
    files: { type: "integer" },
    functionCount: { type: "integer" },
    averages: {
      type: "object",
      properties: numbers("cyclomatic", "cognitive", "lines"),
      required: ["cyclomatic", "cognitive", "lines"],
    },
    functions: {
      type: "array",
      description: "Hardest to follow first.",
      items: {
        type: "object",
        properties: {
          file: { type: "string" },
          name: { type: "string" },
          ...numbers("line", "endLine", "lines", "cyclomatic", "cognitive", "nesting"),
          ...numbers("statements", "parameters", "returns", "maintainability"),
        },
        required: ["file", "name", "line", "cyclomatic", "cognitive", "maintainability"],
      },
    },
    modules: {
      type: "array",
      description: "Least maintainable first.",
      items: {
        type: "object",
        properties: {
          file: { type: "string" },
          ...numbers("lines", "statements", "functions", "cyclomatic", "cognitive"),
          ...numbers("commentShare", "maintainability"),
          rank: { enum: ["A", "B", "C"] },
        },
        required: ["file", "lines", "cyclomatic", "maintainability", "rank"],
      },
    },
    ...reportProperties,
  },
  ["files", "functionCount", "averages", "functions", "modules", ...reportRequired],
);

export function pythonComplexity(work: PythonJobs): Tool {
  return defineTool<Given<ComplexityInput>>({
    name: "python_complexity",
    title: "Measure Python's complexity",
    description:
      "Measures each function and module of Python code: cyclomatic complexity (as radon counts it), cognitive complexity (SonarSource), nesting, length, parameters and the maintainability index, and names what is beyond your bounds. Use it to find what to simplify or test first.",
    input,
    output,
    annotations: PURE,
    examples: [
      {
        title: "One function",
        arguments: {
          content:
            "def sign(n):\n    if n > 0:\n        return 1\n    elif n < 0 and n != -0.0:\n        return -1\n    return 0\n",
        },
      },
    ],
    run: (given, { signal }) =>
      onSources(given, (all) => work.run("complexity", all, signal), {
        answer: (value) => structured(value, textOf(value)),
      }),
  });
}

function textOf(value: ComplexityAnswer): string {
  const { functionCount, files, averages, functions } = value;
  const worst = functions
    .slice(0, 8)
    .map(
      (one) =>
        `- ${one.file}:${one.line} ${one.name}: cognitive ${one.cognitive}, cyclomatic ${one.cyclomatic}, ${one.lines} lines, maintainability ${one.maintainability}`,
    );
  return [
    `${functionCount} functions in ${files} files; on average cyclomatic ${averages.cyclomatic}, cognitive ${averages.cognitive}, ${averages.lines} lines.`,
    ...(worst.length === 0 ? [] : ["Hardest to follow:", ...worst]),
    summaryOf(value, 8),
  ].join("\n");
}
