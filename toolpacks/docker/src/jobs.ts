/** The pack's work by name. Each job loads its own code, so that an idle drone has paid for none of it. */
import type { Jobs } from "flotilla/worker/review";
import type { ComposeInput } from "./work/compose/validate.ts";
import type { LintInput } from "./work/dockerfile/lint.ts";
import type { OptimizeInput } from "./work/dockerfile/optimize.ts";
import type { DockerfileInput } from "./work/generate/generate.ts";
import type { ImageAnswer, ImageInput } from "./work/image/analyze.node.ts";
import type { ManifestInput } from "./work/kubernetes/validate.ts";
import type { ConvertInput } from "./work/manifests/from-compose.ts";
import type { GenerateInput } from "./work/manifests/generate.ts";
import type { ScanInput } from "./work/security/scan.ts";

/** Not a literal in the import below: the edge has no Node, and refuses this one tool. */
const ANALYZE: string = "./work/image/analyze.node.ts";

interface ImageWork {
  imageAnalyze(input: ImageInput): Promise<ImageAnswer>;
}

export const jobs = {
  dockerfile_lint: async (input: LintInput) =>
    (await import("./work/dockerfile/lint.ts")).dockerfileLint(input),
  dockerfile_optimize: async (input: OptimizeInput) =>
    (await import("./work/dockerfile/optimize.ts")).dockerfileOptimize(input),
  dockerfile_generate: async (input: DockerfileInput) =>
    (await import("./work/generate/generate.ts")).dockerfileGenerate(input),
  compose_validate: async (input: ComposeInput) =>
    (await import("./work/compose/validate.ts")).composeValidate(input),
  compose_to_kubernetes: async (input: ConvertInput) =>
    (await import("./work/manifests/from-compose.ts")).composeToKubernetes(input),
  kubernetes_validate: async (input: ManifestInput) =>
    (await import("./work/kubernetes/validate.ts")).kubernetesValidate(input),
  kubernetes_generate: async (input: GenerateInput) =>
    (await import("./work/manifests/generate.ts")).kubernetesGenerate(input),
  image_analyze: async (input: ImageInput): Promise<ImageAnswer> => {
    const work: ImageWork = await import(ANALYZE);
    return work.imageAnalyze(input);
  },
  container_security_scan: async (input: ScanInput) =>
    (await import("./work/security/scan.ts")).containerSecurityScan(input),
};

export type PackJobs = typeof jobs;
export type PackWork = Jobs<PackJobs>;
