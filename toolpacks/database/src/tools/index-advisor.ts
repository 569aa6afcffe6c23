import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  answered,
  plainObject,
  reportProperties,
  reportRequired,
} from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import type { PostgresJobs } from "../jobs-postgres.node.ts";
import { MAX_SQL_CHARS, pathProperty } from "../lib/inputs.ts";
import type { OrPath } from "../lib/inputs.ts";
import { filledSchema, notesSchema, scratchProperties } from "../lib/scratch-input.ts";
import type { AdvisorAnswer, AdvisorInput } from "../work/advise.node.ts";

const recommendationSchema = {
  type: "object",
  properties: {
    ddl: { type: "string" },
    table: { type: "string" },
    columns: { type: "array", items: { type: "string" } },
    costBefore: { type: "number" },
    costAfter: { type: "number" },
    saving: { type: "string" },
    sizeBytes: { type: "number" },
    helps: { type: "array", items: { type: "integer" } },
  },
  required: ["ddl", "table", "columns", "costBefore", "costAfter", "saving"],
};
const querySchema = {
  type: "object",
  properties: {
    sql: { type: "string" },
    weight: { type: "number" },
    costBefore: { type: "number" },
    costAfter: { type: "number" },
    error: { type: "string" },
  },
  required: ["sql", "weight", "costBefore", "costAfter"],
};

const workloadSchema = {
  type: "array",
  minItems: 1,
  maxItems: 100,
  items: {
    type: "object",
    properties: {
      sql: { type: "string", minLength: 1, maxLength: MAX_SQL_CHARS },
      weight: {
        type: "number",
        exclusiveMinimum: 0,
        maximum: 1e9,
        description: "How often it runs, beside the others. Default 1.",
      },
    },
    required: ["sql"],
    additionalProperties: false,
  },
};

const output = answerObject(
  {
    recommendations: { type: "array", items: recommendationSchema },
    queries: { type: "array", items: querySchema },
    tried: { type: "integer" },
    costBefore: { type: "number" },
    costAfter: { type: "number" },
    unusedIndexes: { type: "array", items: { type: "string" } },
    tables: filledSchema,
    notes: notesSchema,
    ...reportProperties,
  },
  ["recommendations", "queries", "tried", "costBefore", "costAfter", ...reportRequired],
);

export function indexAdvisor(jobs: Jobs<PostgresJobs>): Tool {
  return defineTool<OrPath<AdvisorInput, "ddl">>({
    name: "index_advisor",
    title: "Advise indexes by trying them",
    description:
      "For a PostgreSQL schema and a workload of queries: builds each candidate index for real in a scratch database, plans every query with it, and recommends only those under which the planner's cost falls. Give statistics of the real tables for advice that fits them.",
    input: plainObject(
      {
        path: pathProperty,
        ...scratchProperties,
        workload: workloadSchema,
        maxIndexes: { type: "integer", minimum: 1, maximum: 10, description: "Default 5." },
      },
      ["workload"],
    ),
    output,
    annotations: PURE,
    timeLimitMs: 55_000,
    maxConcurrent: 4,
    examples: [
      {
        title: "Two queries, one index that helps both",
        arguments: {
          ddl: "CREATE TABLE events (id bigint PRIMARY KEY, account_id bigint NOT NULL, kind text NOT NULL, created_at timestamptz NOT NULL, payload jsonb);",
          workload: [
            {
              sql: "SELECT * FROM events WHERE account_id = 7 ORDER BY created_at DESC LIMIT 20",
              weight: 100,
            },
            {
              sql: "SELECT count(*) FROM events WHERE account_id = 7 AND created_at > now() - interval '1 day'",
              weight: 10,
            },
          ],
        },
      },
    ],
    async run(input, { signal, progress }) {
      progress(0, 1, "trying indexes");
      return answered(jobs.run("index_advisor", input, signal), (value) =>
        structured(value, textOf(value)),
      );
    },
  });
}

function textOf(answer: AdvisorAnswer): string {
  const { recommendations, costBefore, costAfter, tried } = answer;
  const broken = answer.queries.flatMap(({ sql, error }) =>
    error === undefined ? [] : [`Not planned: ${sql.slice(0, 80)}: ${error}`],
  );
  const head =
    recommendations.length === 0
      ? `None of ${tried} candidate indexes lowers the cost of this workload (${costBefore}).`
      : `${recommendations.length} of ${tried} tried indexes pay: planned cost ${costBefore} → ${costAfter}.`;
  const lines = recommendations.map(
    ({ ddl, saving, helps }) => `- ${ddl} saves ${saving}, helps ${helps.length} queries`,
  );
  return [head, ...lines, ...broken, ...answer.notes].join("\n");
}
