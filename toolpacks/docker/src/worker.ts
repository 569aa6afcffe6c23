/** The Docker toolpack as a worker, and the threads its tools share. */
import { defineWorker } from "flotilla/worker";
import type { Worker } from "flotilla/worker";
import { createJobs } from "flotilla/worker/review";
import { jobs } from "./jobs.ts";
import { composeValidate } from "./tools/compose-validate.ts";
import { dockerfileLint } from "./tools/dockerfile-lint.ts";

/** A new worker with threads of its own; they come with the first call and go when idle. */
export function createWorker(): Worker {
  const work = createJobs(jobs, { thread: () => new URL("./thread.node.ts", import.meta.url) });
  return defineWorker({
    name: "docker",
    version: "0.1.0",
    title: "Docker",
    tools: [dockerfileLint(work), composeValidate(work)],
    onWarm: () => work.warm(),
    onStop: () => work.close(),
  });
}
