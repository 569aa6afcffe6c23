import { defineTool, image, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  answered,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import type { PostgresJobs } from "../jobs-postgres.node.ts";
import { sqlText, pathProperty } from "../lib/inputs.ts";
import type { OrPath } from "../lib/inputs.ts";
import { planNodeSchema } from "../lib/plan.ts";
import type { PlanNode } from "../lib/plan.ts";
import { count } from "../lib/plan-picture.ts";
import {
  filledSchema,
  notesSchema,
  scratchProperties,
  skippedSchema,
} from "../lib/scratch-input.ts";
import type { ExplainAnswer, ExplainInput } from "../work/explain.node.ts";

const statementSchema = {
  type: "object",
  properties: {
    sql: { type: "string" },
    totalCost: { type: "number" },
    planRows: { type: "number" },
    executionTimeMs: { type: "number" },
    planningTimeMs: { type: "number" },
    plan: planNodeSchema,
  },
  required: ["sql", "totalCost", "planRows", "plan"],
};

/** More pictures than this in one answer help nobody. */
const MAX_PICTURES = 3;

export function sqlExplain(jobs: Jobs<PostgresJobs>): Tool {
  return defineTool<OrPath<ExplainInput, "ddl">>({
    name: "sql_explain",
    title: "Explain a query for real",
    description:
      "Builds the given PostgreSQL schema in a scratch database, fills it with made-up rows (or the statistics you give), and runs EXPLAIN on the query for real. Returns the plan tree with costs, what hurts in it, and a picture. Nothing touches your own database.",
    input: plainObject(
      {
        path: pathProperty,
        ...scratchProperties,
        sql: sqlText("The query or queries (at most 20). $1, $2 … are allowed."),
        params: {
          type: "array",
          maxItems: 100,
          description: "Values for $1, $2 …; without them the generic plan is shown.",
        },
        analyze: {
          type: "boolean",
          description: "Also run it: real rows, times and buffers. Default false.",
        },
      },
      ["sql"],
    ),
    output: answerObject(
      {
        server: { type: "string" },
        statements: { type: "array", items: statementSchema },
        tables: filledSchema,
        skipped: skippedSchema,
        notes: notesSchema,
        ...reportProperties,
      },
      ["server", "statements", "tables", ...reportRequired],
    ),
    annotations: PURE,
    timeLimitMs: 45_000,
    maxConcurrent: 4,
    examples: [
      {
        title: "A join without an index",
        arguments: {
          ddl: "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, total numeric(10, 2), created_at timestamptz NOT NULL);",
          sql: "SELECT c.name, sum(o.total) FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = 42 GROUP BY c.name",
          rows: { customers: 1000, orders: 50000 },
        },
      },
    ],
    async run(input, { signal, progress }) {
      progress(0, 1, "building the schema");
      return answered(jobs.run("sql_explain", input, signal), ({ pictures, ...value }) =>
        structured(
          value,
          textOf(value),
          ...pictures.slice(0, MAX_PICTURES).map((one) => image(one)),
        ),
      );
    },
  });
}

type Told = Omit<ExplainAnswer, "pictures">;

function textOf(answer: Told): string {
  const plans = answer.statements.map(({ totalCost, planRows, executionTimeMs, plan }, at) => {
    const time = executionTimeMs === undefined ? "" : `, ran in ${executionTimeMs} ms`;
    const title = `Statement ${at + 1}: cost ${count(totalCost)}, ${count(planRows)} rows${time}`;
    return [title, ...linesOf(plan, 0).slice(0, 60)].join("\n");
  });
  const rows = answer.tables.map(({ table, rows: n }) => `${table} ${n}`).join(", ");
  const notes = [
    ...answer.notes,
    ...answer.tables.flatMap(({ table, note }) =>
      note === undefined ? [] : [`${table}: ${note}`],
    ),
  ];
  const ground = `On ${answer.server} with rows ${rows}.`;
  return [...plans, summaryOf(answer), ground, ...notes].join("\n\n");
}

function linesOf(node: PlanNode, depth: number): string[] {
  const on =
    node.index === undefined ? (node.relation ?? "") : `${node.relation ?? ""} using ${node.index}`;
  const why =
    node.details["Index Cond"] ??
    node.details["Hash Cond"] ??
    node.details["Filter"] ??
    node.details["Sort Key"] ??
    "";
  const rows =
    node.actualRows === undefined
      ? `rows ${count(node.planRows)}`
      : `rows ${count(node.actualRows)} (planned ${count(node.planRows)})`;
  const line = `${"  ".repeat(depth)}- ${node.type}${on === "" ? "" : ` on ${on.trim()}`} (cost ${count(node.totalCost)}, ${rows})${why === "" ? "" : ` ${why}`}`;
  return [line, ...node.children.flatMap((one) => linesOf(one, depth + 1))];
}
