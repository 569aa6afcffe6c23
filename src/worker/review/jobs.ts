/**
 * A toolpack's work as a table of jobs. On Node they run in processes of their own, so that hostile input can be ended,
 * nobody starves, and an idle drone has given its memory back; where there are none (the edge) the same table runs in place.
 */
import type { CallToolResult } from "../contract.ts";
import { failure } from "../results.ts";
import { createThreads } from "../threads.ts";
import type { ThreadPool, ThreadPoolOptions } from "../threads.ts";
import { problemText } from "./input-problem.ts";

/** Each job loads its own code (`import()`), so that nothing is paid for before it is asked for. */
export type JobTable = Readonly<Record<string, (input: never) => unknown>>;

export interface Jobs<Table extends JobTable> {
  /** Rejects with the job's own error, the signal's reason, or `drone_lost` when its thread died. */
  run<Name extends keyof Table & string>(
    job: Name,
    input: Parameters<Table[Name]>[0],
    signal: AbortSignal,
  ): Promise<Awaited<ReturnType<Table[Name]>>>;
  /** Starts a thread before the first job needs it. */
  warm(): Promise<void>;
  /** Ends all threads now; running jobs reject. */
  close(): Promise<void>;
}

export interface JobOptions extends Omit<ThreadPoolOptions, "entry"> {
  /** The module that calls `answerThreadJobs` with the same table. A function: the edge has no file URLs. */
  thread: () => URL;
}

const DEFAULTS = { isolation: "process", size: 2, idleMs: 30_000, maxHeapMb: 768 } as const;

export function createJobs<Table extends JobTable>(
  table: Table,
  { thread, ...options }: JobOptions,
): Jobs<Table> {
  return hasThreads() ? createThreadJobs<Table>({ ...options, thread }) : inPlace(table);
}

/**
 * The same for work that cannot run in place, because its engine needs Node: only the table's type is needed. A worker
 * of which a part runs at the edge makes one too, so that nothing of it is evaluated before the first job.
 */
export function createThreadJobs<Table extends JobTable>({
  thread,
  ...options
}: JobOptions): Jobs<Table> {
  let threads: ThreadPool | undefined;
  const get = (): ThreadPool =>
    (threads ??= createThreads({ ...DEFAULTS, ...options, entry: thread() }));
  return {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the thread runs the functions of this table
    run: async (job, input, signal) => (await get().run(job, input, signal)) as never,
    warm: async () => get().warm(),
    close: async () => threads?.close(),
  };
}

function inPlace<Table extends JobTable>(table: Table): Jobs<Table> {
  return {
    async run(job, input, signal) {
      signal.throwIfAborted();
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the answer is of this table's own job
      return (await table[job]?.(input)) as never;
    },
    warm: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** workerd also has a `process`; it has no threads. */
function hasThreads(): boolean {
  const agent = globalThis.navigator?.userAgent ?? "";
  return "process" in globalThis && !agent.includes("Cloudflare-Workers");
}

/** Problems with the input are answers for the model; all other errors are left to the kit. */
export async function answered<T>(
  work: Promise<T>,
  answer: (value: T) => CallToolResult,
): Promise<CallToolResult> {
  try {
    return answer(await work);
  } catch (error) {
    const told = problemText(error);
    if (told === undefined) throw error;
    return failure(told);
  }
}
