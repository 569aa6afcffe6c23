/** The Python toolpack as a worker, and the threads its tools share. */
import { defineWorker } from "flotilla/worker";
import type { Worker } from "flotilla/worker";
import { createJobs } from "flotilla/worker/review";
import { createJobTable } from "./jobs.ts";
import { pythonComplexity } from "./tools/python-complexity.ts";
import { pythonDependencyReview } from "./tools/python-dependency-review.ts";
import { pythonUpgradePlan } from "./tools/python-upgrade-plan.ts";
import { pythonImportGraph } from "./tools/python-import-graph.ts";
import { pythonFormat } from "./tools/python-format.ts";
import { pythonLint } from "./tools/python-lint.ts";
import { pythonSecurityScan } from "./tools/python-security-scan.ts";

/** A new worker with threads of its own; they come with the first call and go when idle. */
export function createWorker(): Worker {
  const work = createJobs(createJobTable(), {
    thread: () => new URL("./thread.node.ts", import.meta.url),
  });
  return defineWorker({
    name: "python",
    version: "0.1.0",
    title: "Python",
    tools: [
      pythonLint(work),
      pythonFormat(work),
      pythonComplexity(work),
      pythonDependencyReview(work),
      pythonImportGraph(work),
      pythonSecurityScan(work),
      pythonUpgradePlan(work),
    ],
    onWarm: () => work.warm(),
    onStop: () => work.close(),
  });
}
