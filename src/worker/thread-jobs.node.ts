/** The thread's side of the pool: a table of jobs, one at a time. */
import { parentPort } from "node:worker_threads";
import { isRecord } from "../protocol/index.ts";
import type { JobAnswer } from "./thread-pool.node.ts";
import type { ThreadJob } from "./threads.ts";

/** Serves a pool. Input and answer cross by structured clone; an error crosses as name, message and its `data`. */
export function answerJobs(jobs: Readonly<Record<string, ThreadJob>>): void {
  const port = parentPort;
  if (port === null) throw new Error("answerJobs() only works in a thread.");
  port.on("message", (message: { job: string; input: never }) => {
    void doJob(jobs, message).then((answer) => {
      try {
        port.postMessage(answer);
      } catch (error) {
        // An answer that cannot be cloned is the job's mistake; the thread itself is fine.
        port.postMessage({ ok: false, name: "Error", message: String(error) } satisfies JobAnswer);
      }
      return undefined;
    });
  });
}

async function doJob(
  jobs: Readonly<Record<string, ThreadJob>>,
  { job, input }: { job: string; input: never },
): Promise<JobAnswer> {
  try {
    const run = Object.hasOwn(jobs, job) ? jobs[job] : undefined;
    if (run === undefined) throw new Error(`There is no job "${job}".`);
    return { ok: true, value: await run(input) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    const data = isRecord(error) ? error["data"] : undefined;
    return { ok: false, name, message, ...(data === undefined ? {} : { data }) };
  }
}
