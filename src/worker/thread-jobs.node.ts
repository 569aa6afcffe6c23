/** The far side of the pool: a table of jobs, one at a time. */
import { parentPort } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { isRecord } from "../protocol/index.ts";
import type { JobAnswer } from "./job-host.node.ts";
import type { ThreadJob } from "./threads.ts";

/** Serves a pool. Input and answer cross by structured clone; an error crosses as name, message and its `data`. */
export function answerJobs(jobs: Readonly<Record<string, ThreadJob>>): void {
  const send = parentPort === null ? fromProcess() : fromThread(parentPort);
  send.listen((message) => {
    void doJob(jobs, message).then((answer) => {
      try {
        send.answer(answer);
      } catch (error) {
        // An answer that cannot be cloned is the job's mistake; the host itself is fine.
        send.answer({ ok: false, name: "Error", message: String(error) });
      }
      return undefined;
    });
  });
}

interface Line {
  listen(onJob: (message: { job: string; input: never }) => void): void;
  answer(answer: JobAnswer): void;
}

function fromThread(port: MessagePort): Line {
  return {
    listen: (onJob) => void port.on("message", onJob),
    answer: (answer) => port.postMessage(answer),
  };
}

function fromProcess(): Line {
  if (process.send === undefined)
    throw new Error("answerJobs() works in a thread or a forked process.");
  // Whoever started us is gone: nobody waits for an answer.
  process.once("disconnect", () => process.exit());
  return {
    listen: (onJob) => void process.on("message", onJob),
    answer: (answer) => void process.send?.(answer),
  };
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
