/** The Python toolpack as a worker, the threads its tools share, and the type checker beside them. */
import { defineWorker } from "flotilla/worker";
import type { Worker } from "flotilla/worker";
import { createJobs } from "flotilla/worker/review";
import { createTypeChecker } from "./engines/type-checker.ts";
import { createJobTable } from "./jobs.ts";
import { pythonComplexity } from "./tools/python-complexity.ts";
import { pythonDependencyReview } from "./tools/python-dependency-review.ts";
import { pythonFormat } from "./tools/python-format.ts";
import { pythonImportGraph } from "./tools/python-import-graph.ts";
import { pythonLint } from "./tools/python-lint.ts";
import { pythonProfileAnalyze } from "./tools/python-profile-analyze.ts";
import { pythonSecurityScan } from "./tools/python-security-scan.ts";
import { pythonTypeCheck } from "./tools/python-type-check.ts";
import { pythonUpgradePlan } from "./tools/python-upgrade-plan.ts";

/** A new worker with threads of its own; they come with the first call and go when idle. */
export function createWorker(): Worker {
  const work = createJobs(createJobTable(), {
    thread: () => new URL("./thread.node.ts", import.meta.url),
  });
  const checker = createTypeChecker();
  return defineWorker({
    name: "python",
    version: "0.1.0",
    title: "Python",
    instructions:
      "Nine tools for Python code, given as text, as files, or as a path in the workspace. While writing: python_lint and python_format (both return patches), python_type_check. To understand and plan: python_complexity, python_import_graph, python_dependency_review, python_upgrade_plan. Before shipping: python_security_scan. When it is slow: python_profile_analyze on the output of cProfile, py-spy or speedscope. No code is run.",
    tools: [
      pythonLint(work),
      pythonFormat(work),
      pythonTypeCheck(checker),
      pythonComplexity(work),
      pythonDependencyReview(work),
      pythonImportGraph(work),
      pythonSecurityScan(work),
      pythonUpgradePlan(work),
      pythonProfileAnalyze(work),
    ],
    onWarm: () => work.warm(),
    async onStop() {
      await Promise.all([work.close(), checker.close()]);
    },
  });
}
