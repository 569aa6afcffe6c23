/**
 * Threads for heavy work, as a tool sees them. The pool itself needs Node and is loaded with the first job, so that a
 * drone that was never called has paid nothing for it.
 */
import { systemClock } from "../protocol/index.ts";
import type { Clock } from "../protocol/index.ts";

export interface ThreadPoolOptions {
  /** A module that calls `answerJobs` (`thread-jobs.node.ts`). */
  entry: URL;
  /** Threads at most. Default 1. */
  size?: number;
  /** `process`: each in a process of its own, so that the memory of a large engine is given back. Default `thread`. */
  isolation?: "thread" | "process";
  /** An idle thread ends after this. Default 60,000. */
  idleMs?: number;
  /** A thread whose own heap grows beyond it is ended, and its job told so. Default 512. */
  maxHeapMb?: number;
  /** Jobs that may wait for a thread. Default 256. */
  maxWaiting?: number;
  /** Default: the machine's own. */
  clock?: Clock;
}

export interface ThreadPool {
  /** One job. Rejects with the job's own error (`JobError`), the signal's reason, or `drone_lost` when the thread died. */
  run(job: string, input: unknown, signal: AbortSignal): Promise<unknown>;
  /** Starts one thread and gives it nothing to do, so that the next job finds it loaded. */
  warm(): Promise<void>;
  /** Ends all threads now; running jobs reject. */
  close(): Promise<void>;
}

/** A job's own failure, carried out of its thread with its data. */
export class JobError extends Error {
  readonly data: unknown;
  constructor(name: string, message: string, data: unknown) {
    super(message);
    this.name = name;
    this.data = data;
  }
}

/** Runs in the thread on the tool's own, already checked, input. */
export type ThreadJob = (input: never) => unknown;

/** Not literals in the imports below: neutral code must load where there is no Node. */
const POOL: string = "./thread-pool.node.ts";
const JOBS: string = "./thread-jobs.node.ts";

/** A pool that comes into being with its first job. */
export function createThreads(options: ThreadPoolOptions): ThreadPool {
  let pool: Promise<ThreadPool> | undefined;
  const load = async (): Promise<ThreadPool> => {
    const node: { createThreadPool(full: ThreadPoolOptions & { clock: Clock }): ThreadPool } =
      await import(POOL);
    return node.createThreadPool({ clock: systemClock, ...options });
  };
  const get = (): Promise<ThreadPool> => (pool ??= load());
  return {
    run: async (job, input, signal) => (await get()).run(job, input, signal),
    warm: async () => (await get()).warm(),
    close: async () => (await pool)?.close(),
  };
}

/** The thread's side: its module calls this once with its jobs. */
export async function answerThreadJobs(jobs: Readonly<Record<string, ThreadJob>>): Promise<void> {
  const node: { answerJobs(table: Readonly<Record<string, ThreadJob>>): void } = await import(JOBS);
  node.answerJobs(jobs);
}
