/** The pack's work by name. Each job loads its own code, so that an idle drone has paid for none of it. */
import type { Jobs } from "flotilla/worker/review";
import type { ComposeInput } from "./work/compose/validate.ts";
import type { LintInput } from "./work/dockerfile/lint.ts";

export const jobs = {
  dockerfile_lint: async (input: LintInput) =>
    (await import("./work/dockerfile/lint.ts")).dockerfileLint(input),
  compose_validate: async (input: ComposeInput) =>
    (await import("./work/compose/validate.ts")).composeValidate(input),
};

export type PackJobs = typeof jobs;
export type PackWork = Jobs<PackJobs>;
