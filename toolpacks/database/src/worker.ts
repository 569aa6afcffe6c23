/** The database toolpack as a worker: eight tools, and the hosts of their work. */
import { defineWorker } from "flotilla/worker";
import type { Worker } from "flotilla/worker";
import { createJobs, createThreadJobs } from "flotilla/worker/review";
import { analysisJobs } from "./jobs.ts";
import type { PostgresJobs } from "./jobs-postgres.node.ts";
import { indexAdvisor } from "./tools/index-advisor.ts";
import { migrationReview } from "./tools/migration-review.ts";
import { nosqlSchema } from "./tools/nosql-schema.ts";
import { schemaDiagram } from "./tools/schema-diagram.ts";
import { schemaReview } from "./tools/schema-review.ts";
import { sqlExplain } from "./tools/sql-explain.ts";
import { sqlFormat } from "./tools/sql-format.ts";
import { sqlLint } from "./tools/sql-lint.ts";

/** PostgreSQL holds half a gigabyte while it is loaded; a minute of silence is enough to give that back. */
const POSTGRES_IDLE_MS = 60_000;

/** A new worker with hosts of its own for its work; they come with the first call and go when idle. */
export function createWorker(): Worker {
  const analysis = createJobs(analysisJobs, {
    thread: () => new URL("./thread.node.ts", import.meta.url),
  });
  // Apart, so that a long EXPLAIN does not hold up a format.
  const postgres = createThreadJobs<PostgresJobs>({
    thread: () => new URL("./postgres.node.ts", import.meta.url),
    isolation: "process",
    size: 1,
    idleMs: POSTGRES_IDLE_MS,
  });
  return defineWorker({
    name: "database",
    version: "0.1.0",
    title: "Database",
    instructions:
      "Eight tools for people who write SQL and schemas. Typical ways: schema_review and schema_diagram on an unknown schema; sql_lint, then sql_explain on a slow query, then index_advisor on the workload; migration_review before a migration ships; nosql_schema on sample documents. All work on what you pass in; none connects to your database.",
    tools: [
      sqlLint(analysis),
      sqlFormat(analysis),
      sqlExplain(postgres),
      indexAdvisor(postgres),
      schemaReview(analysis),
      schemaDiagram(analysis),
      migrationReview(postgres),
      nosqlSchema(analysis),
    ],
    onWarm: () => postgres.run("warm", undefined, new AbortController().signal),
    async onStop() {
      await Promise.all([analysis.close(), postgres.close()]);
    },
  });
}
