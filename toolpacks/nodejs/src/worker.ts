/** The Node.js toolpack as a worker, and the threads its tools share. */
import { defineWorker } from "flotilla/worker";
import type { Worker } from "flotilla/worker";
import { createJobs } from "flotilla/worker/review";
import { jobs } from "./jobs.ts";
import { grantedNetwork } from "./network.ts";
import type { Network } from "./network.ts";
import { asyncHazardsTool } from "./tools/async-hazards.ts";
import { bundleTool } from "./tools/bundle.ts";
import { cpuProfileTool } from "./tools/cpu-profile.ts";
import { dependencyGraphTool } from "./tools/dependency-graph.ts";
import { heapSnapshotTool } from "./tools/heap-snapshot.ts";
import { moduleCompatTool } from "./tools/module-compat.ts";
import { packageReviewTool } from "./tools/package-review.ts";
import { vulnerabilityScanTool } from "./tools/vulnerability-scan.ts";

/** A new worker with threads of its own; they come with the first call and go when idle. */
export function createWorker(network: Network = grantedNetwork()): Worker {
  const work = createJobs(jobs, {
    thread: () => new URL("./thread.node.ts", import.meta.url),
    maxHeapMb: 1_024,
  });
  return defineWorker({
    name: "nodejs",
    version: "0.1.0",
    title: "Node.js",
    instructions:
      "For a project: node_package_review first, then node_vulnerability_scan; node_dependency_graph answers why something is there. For a library before it is published: node_module_compat. For what is slow: node_cpu_profile_analyze; for memory that grows: node_heap_snapshot_analyze with two snapshots of one process; for a server that stalls: node_async_hazards. node_bundle_analyze tells what a bundle is made of. All read only what you pass, or files of the workspace; only node_vulnerability_scan may ask the npm registry, when the operator granted it.",
    tools: [
      packageReviewTool(work),
      dependencyGraphTool(work),
      vulnerabilityScanTool(work, network),
      bundleTool(work),
      cpuProfileTool(work),
      heapSnapshotTool(work),
      moduleCompatTool(work),
      asyncHazardsTool(work),
    ],
    onWarm: () => work.warm(),
    onStop: () => work.close(),
  });
}
