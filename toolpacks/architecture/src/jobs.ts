/** The pack's work by name. Each job loads its own code, so that an idle drone has paid for none of it. */
import { readCode } from "./lib/inputs.ts";
import type { CodeArguments } from "./lib/inputs.ts";
import type { PlanInput } from "./work/plan.ts";
import type { ReviewInput } from "./work/review.ts";

export const jobs = {
  architecture_review: async (input: ReviewInput & CodeArguments) =>
    (await import("./work/review.ts")).reviewArchitecture(await readCode(input)),
  migration_plan: async (input: PlanInput & CodeArguments) =>
    (await import("./work/plan.ts")).planMigration(await readCode(input)),
};

export type PackJobs = typeof jobs;
