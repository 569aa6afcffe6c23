/** The work that runs PostgreSQL, on one engine. */
import { withSql } from "./lib/inputs.ts";
import type { OrPath } from "./lib/inputs.ts";
import type { Engine } from "./lib/pg-engine.node.ts";
import type { AdvisorInput } from "./work/advise.node.ts";
import type { ExplainInput } from "./work/explain.node.ts";
import type { MigrationInput } from "./work/migrate.node.ts";

export const postgresJobs = (engine: Engine) => ({
  warm: () => engine.warm(),
  sql_explain: async (input: OrPath<ExplainInput, "ddl">) =>
    (await import("./work/explain.node.ts")).explain(
      engine,
      await withSql<ExplainInput, "ddl">(input, "ddl"),
    ),
  index_advisor: async (input: OrPath<AdvisorInput, "ddl">) =>
    (await import("./work/advise.node.ts")).advise(
      engine,
      await withSql<AdvisorInput, "ddl">(input, "ddl"),
    ),
  migration_review: async (input: OrPath<MigrationInput, "migration">) =>
    (await import("./work/migrate.node.ts")).reviewMigration(
      engine,
      await withSql<MigrationInput, "migration">(input, "migration"),
    ),
});

export type PostgresJobs = ReturnType<typeof postgresJobs>;
