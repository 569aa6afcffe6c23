/** The Node.js toolpack as a worker, and the threads its tools share. */
import { defineWorker } from "flotilla/worker";
import type { Worker } from "flotilla/worker";
import { createJobs } from "flotilla/worker/review";
import { jobs } from "./jobs.ts";
import { grantedNetwork } from "./network.ts";
import type { Network } from "./network.ts";
import { bundleTool } from "./tools/bundle.ts";
import { cpuProfileTool } from "./tools/cpu-profile.ts";
import { dependencyGraphTool } from "./tools/dependency-graph.ts";
import { heapSnapshotTool } from "./tools/heap-snapshot.ts";
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
    tools: [
      packageReviewTool(work),
      dependencyGraphTool(work),
      vulnerabilityScanTool(work, network),
      bundleTool(work),
      cpuProfileTool(work),
      heapSnapshotTool(work),
    ],
    onWarm: () => work.warm(),
    onStop: () => work.close(),
  });
}
