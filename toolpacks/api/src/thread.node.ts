/** The thread where the tools work: parsers and patterns can be made slow by hostile text, and a thread can be ended. */
import { answerThreadJobs } from "flotilla/worker";
import { jobs } from "./jobs.ts";

await answerThreadJobs(jobs);
