/** The thread of the tools that run PostgreSQL. */
import { answerThreadJobs } from "flotilla/worker";
import { createEngine } from "./lib/pg-engine.node.ts";
import type { AdvisorInput } from "./work/advise.node.ts";
import type { ExplainInput } from "./work/explain.node.ts";
import type { MigrationInput } from "./work/migrate.node.ts";

const engine = createEngine();

await answerThreadJobs({
  warm: () => engine.warm(),
  sql_explain: async (input: ExplainInput) =>
    (await import("./work/explain.node.ts")).explain(engine, input),
  index_advisor: async (input: AdvisorInput) =>
    (await import("./work/advise.node.ts")).advise(engine, input),
  migration_review: async (input: MigrationInput) =>
    (await import("./work/migrate.node.ts")).reviewMigration(engine, input),
});
