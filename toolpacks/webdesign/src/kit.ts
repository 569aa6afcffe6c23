/** What every tool of this pack is given. */
import type { Jobs } from "flotilla/worker/review";
import type { Browsing } from "./browser/browsing.ts";
import type { PackJobs } from "./jobs.ts";

export interface Kit {
  jobs: Jobs<PackJobs>;
  browsing: Browsing;
}
