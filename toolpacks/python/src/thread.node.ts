/** The thread where the tools work: hostile text can make a parser slow, and a thread can be ended. */
import { answerThreadJobs } from "flotilla/worker";
import { createJobTable } from "./jobs.ts";

await answerThreadJobs(createJobTable());
