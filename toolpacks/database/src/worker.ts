/** The database toolpack as a worker: eight tools, and the threads they share. */
import { defineWorker } from "flotilla/worker";
import type { Worker } from "flotilla/worker";
import { threadRunner } from "./lib/runner.ts";
import type { Runner } from "./lib/runner.ts";
import { indexAdvisor } from "./tools/index-advisor.ts";
import { migrationReview } from "./tools/migration-review.ts";
import { nosqlSchema } from "./tools/nosql-schema.ts";
import { schemaDiagram } from "./tools/schema-diagram.ts";
import { schemaReview } from "./tools/schema-review.ts";
import { sqlExplain } from "./tools/sql-explain.ts";
import { sqlFormat } from "./tools/sql-format.ts";
import { sqlLint } from "./tools/sql-lint.ts";

/** A new worker with threads of its own; they come with the first call and go when idle. */
export function databaseWorker(runner: Runner = threadRunner()): Worker {
  return defineWorker({
    name: "database",
    version: "0.1.0",
    title: "Database",
    instructions:
      "Eight tools for people who write SQL and schemas. Typical ways: schema_review and schema_diagram on an unknown schema; sql_lint, then sql_explain on a slow query, then index_advisor on the workload; migration_review before a migration ships; nosql_schema on sample documents. All work on what you pass in; none connects to your database.",
    tools: [
      sqlLint(runner),
      sqlFormat(runner),
      sqlExplain(runner),
      indexAdvisor(runner),
      schemaReview(runner),
      schemaDiagram(runner),
      migrationReview(runner),
      nosqlSchema(runner),
    ],
    onWarm: () => runner.warm(),
    onStop: () => runner.close(),
  });
}
