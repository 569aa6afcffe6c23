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
import { pathProperty } from "../lib/inputs.ts";
import type { OrPath } from "../lib/inputs.ts";
import { ddlInput } from "../lib/scratch-input.ts";
import type { SchemaReviewInput } from "../work/review-schema.ts";

export function schemaReview(jobs: Jobs<AnalysisJobs>): Tool {
  return defineTool<OrPath<SchemaReviewInput, "ddl">>({
    name: "schema_review",
    title: "Review a schema",
    description:
      "Reviews a PostgreSQL schema: missing primary keys, foreign keys without index or with another type than their target, types that bite later (timestamp, money, float for money, int keys), redundant indexes, repeating groups and other normal-form hints, names. Each finding has a place and the SQL that puts it right.",
    input: plainObject({
      path: pathProperty,
      ddl: ddlInput,
      ignore: ignoreProperty,
    }),
    output: answerObject(
      {
        tables: { type: "integer" },
        columns: { type: "integer" },
        foreignKeys: { type: "integer" },
        indexes: { type: "integer" },
        ...reportProperties,
      },
      ["tables", "columns", "foreignKeys", "indexes", ...reportRequired],
    ),
    annotations: PURE,
    timeLimitMs: 15_000,
    examples: [
      {
        title: "A small shop",
        arguments: {
          ddl: "CREATE TABLE customers (id serial PRIMARY KEY, email varchar(255), phone1 text, phone2 text);\nCREATE TABLE orders (id serial, customer_id bigint REFERENCES customers (id), total double precision, created_at timestamp);",
        },
      },
    ],
    run: (input, { signal }) =>
      answered(jobs.run("schema_review", input, signal), (value) =>
        structured(
          value,
          `${value.tables} tables, ${value.columns} columns, ${value.foreignKeys} foreign keys.\n${summaryOf(value)}`,
        ),
      ),
  });
}
