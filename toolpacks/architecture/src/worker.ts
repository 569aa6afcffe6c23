/** The architecture toolpack as a worker: two tools, and the threads they share. */
import { defineWorker } from "flotilla/worker";
import type { Worker } from "flotilla/worker";
import { createJobs } from "flotilla/worker/review";
import { jobs } from "./jobs.ts";
import { architectureReview } from "./tools/architecture-review.ts";
import { migrationPlan } from "./tools/migration-plan.ts";

/** A new worker with threads of its own; they come with the first call and go when idle. */
export function createWorker(): Worker {
  const work = createJobs(jobs, { thread: () => new URL("./thread.node.ts", import.meta.url) });
  return defineWorker({
    name: "architecture",
    version: "0.1.0",
    title: "Architecture",
    instructions:
      "Two tools over the module graph of a code base: architecture_review tells cycles, layers, coupling and rule breaks with a picture; migration_plan orders the steps of a split into services or a move (CommonJS to ESM, JavaScript to TypeScript, one package for another). JavaScript and TypeScript are read from source; any other language works by handing in its modules and their imports.",
    tools: [architectureReview(work), migrationPlan(work)],
    onWarm: () => work.warm(),
    onStop: () => work.close(),
  });
}
