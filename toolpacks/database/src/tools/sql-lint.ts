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
import type { AnalysisJobs } from "../jobs.ts";
import { sqlText, pathProperty } from "../lib/inputs.ts";
import type { OrPath } from "../lib/inputs.ts";
import { DIALECTS } from "../work/lint-rules.ts";
import type { LintInput } from "../work/lint.ts";

export function sqlLint(jobs: Jobs<AnalysisJobs>): Tool {
  return defineTool<OrPath<LintInput, "sql">>({
    name: "sql_lint",
    title: "Lint SQL",
    description:
      "Finds correctness, performance and portability smells in SQL on the dialect's own syntax tree: missing WHERE, = NULL, NOT IN with NULLs, conditions that no index can serve, missing join conditions, LIMIT without order and more. Each finding has a rule, place and fix. Use before running or reviewing SQL.",
    input: plainObject({
      path: pathProperty,
      sql: sqlText("One or more statements."),
      dialect: { enum: DIALECTS, description: "Default postgresql." },
      ignore: ignoreProperty,
    }),
    output: answerObject(
      { dialect: { type: "string" }, statements: { type: "integer" }, ...reportProperties },
      ["dialect", "statements", ...reportRequired],
    ),
    annotations: PURE,
    timeLimitMs: 15_000,
    examples: [
      {
        title: "A query with four mistakes",
        arguments: {
          sql: "SELECT * FROM orders o, customers c\nWHERE o.note = NULL AND o.customer_id NOT IN (SELECT id FROM blocked)\nLIMIT 10;",
        },
      },
    ],
    run: (input, { signal }) =>
      answered(jobs.run("sql_lint", input, signal), (value) => structured(value, summaryOf(value))),
  });
}
