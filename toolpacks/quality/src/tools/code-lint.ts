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
import type { LintAnswer, LintOptions } from "../work/biome/lint.ts";

export interface LintInput extends CodeArguments, LintOptions {}

const words = { type: "string" };

const input = plainObject({
  ...codeProperties("JavaScript, TypeScript, JSX, CSS, JSON, GraphQL or HTML"),
  rules: {
    type: "object",
    additionalProperties: { enum: ["off", "info", "warn", "error"] },
    maxProperties: 200,
    description: 'Levels by group/rule, such as {"suspicious/noConsole": "error"}.',
  },
  domains: {
    type: "object",
    additionalProperties: { enum: ["recommended", "all", "none"] },
    maxProperties: 20,
    description: "Rules of a framework: react, next, solid, vue, test, project, …",
  },
  fix: {
    enum: ["none", "safe", "all"],
    description: "Which fixes go into the patch of a file. Default safe; all may change meaning.",
  },
  ignore: ignoreProperty,
});

export function codeLint(jobs: Jobs<PackJobs>): Tool {
  return defineTool<LintInput>({
    name: "code_lint",
    title: "Lint code",
    description:
      "Lints JavaScript, TypeScript, JSX, CSS, JSON, GraphQL and HTML with Biome's recommended rules (mistakes, suspicious code, accessibility, security, style), or those you choose. Each finding has its rule, place, evidence and, where there is a fix, a patch; each file gets one patch with all safe fixes for git apply. Use after writing code; for Python use python_lint.",
    input,
    output: answerObject(
      {
        files: { type: "integer", description: "Files linted." },
        skipped: {
          type: "array",
          items: answerObject({ file: words, reason: words }, ["file", "reason"]),
        },
        fixes: {
          type: "array",
          items: answerObject({ file: words, fixed: { type: "integer" }, patch: words }, [
            "file",
            "fixed",
            "patch",
          ]),
        },
        ...reportProperties,
      },
      ["files", "skipped", "fixes", ...reportRequired],
    ),
    annotations: PURE,
    timeLimitMs: 30_000,
    examples: [
      {
        title: "A loose comparison and a forgotten debugger",
        arguments: {
          filename: "sum.ts",
          content:
            "export function sum(list: number[]) {\n  let start = 0;\n  debugger;\n  return list.length == 0 ? start : list.reduce((a, b) => a + b, start);\n}\n",
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("code_lint", given, signal), (value) => structured(value, textOf(value))),
  });
}

function textOf(value: LintAnswer): string {
  const { files, skipped, fixes } = value;
  const fixed = fixes.reduce((sum, one) => sum + one.fixed, 0);
  return [
    `${files} ${files === 1 ? "file" : "files"} linted${fixed === 0 ? "" : `, ${fixed} fixes ready as patches`}. ${summaryOf(value)}`,
    ...skipped.slice(0, 5).map(({ file, reason }) => `Not linted: ${file}: ${reason}`),
  ].join("\n");
}
