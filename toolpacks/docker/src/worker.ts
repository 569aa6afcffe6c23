/** The Docker toolpack as a worker, and the threads its tools share. */
import { defineWorker } from "flotilla/worker";
import type { Worker } from "flotilla/worker";
import { createJobs } from "flotilla/worker/review";
import { jobs } from "./jobs.ts";
import { composeToKubernetes } from "./tools/compose-to-kubernetes.ts";
import { composeValidate } from "./tools/compose-validate.ts";
import { containerSecurityScan } from "./tools/container-security-scan.ts";
import { dockerfileGenerate } from "./tools/dockerfile-generate.ts";
import { dockerfileLint } from "./tools/dockerfile-lint.ts";
import { dockerfileOptimize } from "./tools/dockerfile-optimize.ts";
import { imageAnalyze } from "./tools/image-analyze.ts";
import { kubernetesGenerate } from "./tools/kubernetes-generate.ts";
import { kubernetesValidate } from "./tools/kubernetes-validate.ts";

const INSTRUCTIONS =
  "Tools for containers, from Dockerfile to cluster; none needs Docker or a cluster. Write with dockerfile_generate, kubernetes_generate or compose_to_kubernetes; check with dockerfile_lint, compose_validate, kubernetes_validate; dockerfile_optimize rewrites a Dockerfile, image_analyze reads a built image. container_security_scan takes all files of a project at once. Findings carry a rule id, a line and a fix; patches can be applied as they are.";

/** A new worker with threads of its own; they come with the first call and go when idle. */
export function createWorker(): Worker {
  const work = createJobs(jobs, { thread: () => new URL("./thread.node.ts", import.meta.url) });
  return defineWorker({
    name: "docker",
    version: "0.1.0",
    title: "Docker",
    instructions: INSTRUCTIONS,
    tools: [
      dockerfileLint,
      dockerfileOptimize,
      dockerfileGenerate,
      composeValidate,
      composeToKubernetes,
      kubernetesValidate,
      kubernetesGenerate,
      imageAnalyze,
      containerSecurityScan,
    ].map((tool) => tool(work)),
    onWarm: () => work.warm(),
    onStop: () => work.close(),
  });
}
