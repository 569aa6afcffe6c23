/** The quality toolpack as a worker: fifteen tools, and the threads they share. */
import { defineWorker } from "flotilla/worker";
import type { Worker } from "flotilla/worker";
import { createJobs } from "flotilla/worker/review";
import { createKnipKeeper } from "./engines.ts";
import { jobs } from "./jobs.ts";
import { apiSurfaceDiff } from "./tools/api-surface-diff.ts";
import { codeComplexity } from "./tools/code-complexity.ts";
import { codeDead } from "./tools/code-dead.ts";
import { codeDuplicates } from "./tools/code-duplicates.ts";
import { codeFormat } from "./tools/code-format.ts";
import { codeLint } from "./tools/code-lint.ts";
import { codeRefactor } from "./tools/code-refactor.ts";
import { codeReviewDiff } from "./tools/code-review-diff.ts";
import { codeSecrets } from "./tools/code-secrets.ts";
import { commitReview } from "./tools/commit-review.ts";
import { licenseCompliance } from "./tools/license-compliance.ts";
import { testGaps } from "./tools/test-gaps.ts";
import { testReportAnalyze } from "./tools/test-report-analyze.ts";
import { testSkeletons } from "./tools/test-skeletons.ts";
import { typeCoverage } from "./tools/type-coverage.ts";

export interface WorkerOptions {
  /** Milliseconds since 1970. Default: the machine's clock. */
  now?: () => number;
}

/** A new worker with threads of its own; they come with the first call and go when idle. */
export function createWorker({ now = () => Date.now() }: WorkerOptions = {}): Worker {
  const work = createJobs(jobs, { thread: () => new URL("./thread.node.ts", import.meta.url) });
  const knip = createKnipKeeper();
  return defineWorker({
    name: "quality",
    version: "0.1.0",
    title: "Quality",
    instructions:
      "Tools for the quality of code. While writing: code_lint, then code_format. Before a commit or on a pull request: code_review_diff with the changed files, which also looks for secrets; code_secrets for whole folders. To choose what to improve: code_complexity with a git log, code_duplicates, code_dead; then code_refactor for changes that were tried, and type_coverage. For tests: test_gaps says where, test_skeletons writes the files, test_report_analyze reads what CI made of them. Before a release: api_surface_diff, commit_review, license_compliance. Patches are unified diffs for git apply.",
    tools: [
      codeLint(work),
      codeFormat(work),
      codeComplexity(work),
      codeDuplicates(work),
      codeDead(knip.get),
      codeReviewDiff(work, now),
      codeSecrets(work, now),
      codeRefactor(work),
      typeCoverage(work),
      testGaps(work),
      testSkeletons(work),
      testReportAnalyze(work),
      apiSurfaceDiff(work),
      commitReview(work, now),
      licenseCompliance(work),
    ],
    onWarm: () => work.warm(),
    onStop: async () => {
      await Promise.all([work.close(), knip.close()]);
    },
  });
}
