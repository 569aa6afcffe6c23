/** The thread of the tools that only read: parsers can be made slow by hostile text, and a thread can be ended. */
import { answerThreadJobs } from "flotilla/worker";
import { analysisJobs } from "./jobs.ts";

await answerThreadJobs(analysisJobs);
