/** The thread where the tools work: a large code base keeps a processor busy, and a thread can be ended. */
import { answerThreadJobs } from "flotilla/worker";
import { jobs } from "./jobs.ts";

await answerThreadJobs(jobs);
