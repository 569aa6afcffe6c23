/** The browser's thread: when it goes, by force or by itself, its browser goes with it (their pipe closes). */
import { answerThreadJobs } from "flotilla/worker";
import { browserJobs } from "./jobs.ts";

await answerThreadJobs(browserJobs);
