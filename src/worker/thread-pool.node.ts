/**
 * Heavy tools run here, off the thread that speaks the protocol: a bounded number of threads, each doing one job at a
 * time, ended by force when a job is cancelled or too slow. Threads stay warm between jobs and go when idle.
 */
import { FlotillaError, systemClock } from "../protocol/index.ts";
import type { Timer } from "../protocol/index.ts";
import { openHost } from "./job-host.node.ts";
import type { JobHost } from "./job-host.node.ts";
import { JobError } from "./threads.ts";
import type { ThreadPool, ThreadPoolOptions } from "./threads.ts";

interface Job {
  job: string;
  input: unknown;
  slot: Slot | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}
interface Slot {
  host: JobHost;
  job: Job | undefined;
  idle: Timer | undefined;
}
interface Pool {
  options: ThreadPoolOptions;
  slots: Set<Slot>;
  waiting: Job[];
}

export function createThreadPool(options: ThreadPoolOptions): ThreadPool {
  const pool: Pool = { options, slots: new Set(), waiting: [] };
  return {
    run: (job, input, signal) => runJob(pool, { job, input }, signal),
    warm() {
      if (pool.slots.size === 0) rest(pool, open(pool));
      return Promise.resolve();
    },
    async close() {
      const slots = [...pool.slots];
      pool.slots.clear();
      await Promise.all(slots.map((slot) => end(slot)));
    },
  };
}

function runJob(
  pool: Pool,
  what: Pick<Job, "job" | "input">,
  signal: AbortSignal,
): Promise<unknown> {
  if (signal.aborted) return Promise.reject(reasonOf(signal));
  if (pool.waiting.length >= (pool.options.maxWaiting ?? 256)) {
    return Promise.reject(
      new FlotillaError("overloaded", "Too many calls are waiting.", { retryable: true }),
    );
  }
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(reasonOf(signal));
      pool.waiting = pool.waiting.filter((one) => one !== mine);
      const { slot } = mine;
      if (slot === undefined) return;
      // A stuck job cannot be asked to stop: its thread goes, and its place is free at once.
      pool.slots.delete(slot);
      slot.job = undefined;
      void end(slot);
      next(pool);
    };
    const over =
      <T>(then: (value: T) => void) =>
      (value: T): void => {
        signal.removeEventListener("abort", abort);
        then(value);
      };
    const mine: Job = { ...what, slot: undefined, resolve: over(resolve), reject: over(reject) };
    signal.addEventListener("abort", abort, { once: true });
    pool.waiting.push(mine);
    next(pool);
  });
}

/** Gives the first waiting job to a free thread, or to a new one while there may be more. */
function next(pool: Pool): void {
  const free = [...pool.slots].find(({ job }) => job === undefined);
  if (free === undefined && pool.slots.size >= (pool.options.size ?? 1)) return;
  const job = pool.waiting.shift();
  if (job === undefined) return;
  const slot = free ?? open(pool);
  job.slot = slot;
  slot.job = job;
  slot.idle?.cancel();
  slot.host.hold(true);
  slot.host.post({ job: job.job, input: job.input });
}

function open(pool: Pool): Slot {
  const host = openHost(pool.options, {
    onAnswer(answer) {
      const { job } = slot;
      slot.job = undefined;
      if (answer.ok) job?.resolve(answer.value);
      else job?.reject(new JobError(answer.name, answer.message, answer.data));
      rest(pool, slot);
      next(pool);
    },
    onEnd: (cause) => lose(pool, slot, cause),
  });
  const slot: Slot = { host, job: undefined, idle: undefined };
  host.hold(false);
  pool.slots.add(slot);
  return slot;
}

function rest(pool: Pool, slot: Slot): void {
  slot.host.hold(false);
  const { clock = systemClock, idleMs = 60_000 } = pool.options;
  slot.idle = clock.after(idleMs, () => {
    pool.slots.delete(slot);
    void end(slot);
  });
}

function lose(pool: Pool, slot: Slot, cause: unknown): void {
  pool.slots.delete(slot);
  slot.idle?.cancel();
  slot.job?.reject(
    new FlotillaError("drone_lost", "The thread of this call ended early.", {
      hint: "The input may need more memory than it is given.",
      cause,
    }),
  );
  slot.job = undefined;
  next(pool);
}

async function end(slot: Slot): Promise<void> {
  slot.idle?.cancel();
  await slot.host.end();
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("aborted");
}
