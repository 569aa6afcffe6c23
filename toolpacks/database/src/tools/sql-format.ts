import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import { PURE, answerObject, answered, plainObject } from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import type { AnalysisJobs } from "../jobs.ts";
import { sqlText, pathProperty } from "../lib/inputs.ts";
import type { OrPath } from "../lib/inputs.ts";
import { FORMAT_DIALECTS } from "../work/format.ts";
import type { FormatInput } from "../work/format.ts";

export function sqlFormat(jobs: Jobs<AnalysisJobs>): Tool {
  return defineTool<OrPath<FormatInput, "sql">>({
    name: "sql_format",
    title: "Format SQL",
    description:
      "Formats SQL for one of 20 dialects; says whether and in how many lines it changed. Meaning is never changed.",
    input: plainObject({
      path: pathProperty,
      sql: sqlText("One or more statements."),
      dialect: { enum: FORMAT_DIALECTS, description: "Default postgresql." },
      keywordCase: { enum: ["preserve", "upper", "lower"], description: "Default upper." },
      indent: { type: "integer", minimum: 1, maximum: 8, description: "Spaces. Default 2." },
      lineWidth: { type: "integer", minimum: 20, maximum: 400, description: "Default 80." },
    }),
    output: answerObject(
      {
        formatted: { type: "string" },
        changed: { type: "boolean" },
        changedLines: { type: "integer" },
        dialect: { type: "string" },
      },
      ["formatted", "changed", "changedLines", "dialect"],
    ),
    annotations: PURE,
    timeLimitMs: 20_000,
    examples: [
      {
        title: "One long line",
        arguments: {
          sql: "select c.name, count(*) n from customers c left join orders o on o.customer_id=c.id where c.active group by 1 having count(*)>3 order by n desc",
        },
      },
    ],
    run: (input, { signal }) =>
      answered(jobs.run("sql_format", input, signal), (value) =>
        structured(value, value.changed ? value.formatted : "Already formatted."),
      ),
  });
}
