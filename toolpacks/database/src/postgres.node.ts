/** The process of the tools that run PostgreSQL: what the engine took, the system has back when it ends. */
import { answerThreadJobs } from "flotilla/worker";
import { postgresJobs } from "./jobs-postgres.node.ts";
import { createEngine } from "./lib/pg-engine.node.ts";

await answerThreadJobs(postgresJobs(createEngine()));
