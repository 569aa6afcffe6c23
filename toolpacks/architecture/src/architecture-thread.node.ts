/** The thread where the tools work: a large code base keeps a processor busy, and a thread can be ended. */
import { answerThreadJobs } from "flotilla/worker";
import type { PlanInput } from "./work/plan.ts";
import type { ReviewInput } from "./work/review.ts";

await answerThreadJobs({
  warm: async () => {
    await import("./work/review.ts");
  },
  architecture_review: async (input: ReviewInput) =>
    (await import("./work/review.ts")).reviewArchitecture(input),
  migration_plan: async (input: PlanInput) => (await import("./work/plan.ts")).planMigration(input),
});
