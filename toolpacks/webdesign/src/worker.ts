/** The Web design toolpack as a worker, its threads, and its browser. */
import { defineWorker } from "flotilla/worker";
import type { Worker } from "flotilla/worker";
import { createJobs } from "flotilla/worker/review";
import { createBrowsing } from "./browser/browsing.ts";
import type { BrowsingOptions } from "./browser/browsing.ts";
import { jobs } from "./jobs.ts";
import type { Kit } from "./kit.ts";
import { accessibilityAudit } from "./tools/accessibility-audit.ts";
import { contrastCheck } from "./tools/contrast-check.ts";
import { cssAnalyze } from "./tools/css-analyze.ts";
import { designTokens } from "./tools/design-tokens.ts";
import { htmlValidate } from "./tools/html-validate.ts";
import { pageWeight } from "./tools/page-weight.ts";
import { responsiveCheck } from "./tools/responsive-check.ts";
import { seoReview } from "./tools/seo-review.ts";

/** A new worker with threads and a browser of its own; both come with the first call and go when idle. */
export function createWorker(options: BrowsingOptions = {}): Worker {
  const work = createJobs(jobs, { thread: () => new URL("./thread.node.ts", import.meta.url) });
  const kit: Kit = { jobs: work, browsing: createBrowsing(options) };
  return defineWorker({
    name: "webdesign",
    version: "0.1.0",
    title: "Web design",
    instructions:
      "Eight tools for web pages, all on files you pass in; nothing is fetched. A new page: html_validate, accessibility_audit, responsive_check (looks at it in a real browser), seo_review. A style sheet: css_analyze, then design_tokens for its colours and sizes. Colours: contrast_check. Loading: page_weight on a HAR, or on the page with its files. Pass a page's CSS and images along in files and assets: what is not given counts as missing.",
    tools: [
      accessibilityAudit(kit),
      htmlValidate(kit),
      cssAnalyze(kit),
      contrastCheck(kit),
      pageWeight(kit),
      responsiveCheck(kit),
      seoReview(kit),
      designTokens(kit),
    ],
    onWarm: () => work.warm(),
    onStop: async () => {
      await Promise.all([work.close(), kit.browsing.close()]);
    },
  });
}
