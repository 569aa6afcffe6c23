/** Where the tools' work happens, and how errors about the input are told. */
import { createThreads, failure } from "flotilla/worker";
import type { CallToolResult } from "flotilla/worker";
import type { PlanAnswer, PlanInput } from "../work/plan.ts";
import type { ReviewAnswer, ReviewInput } from "../work/review.ts";

/** What crosses to and from the threads. The table of jobs answers exactly this; a test runs every one. */
interface Jobs {
  warm: { input: object; answer: void };
  architecture_review: { input: ReviewInput; answer: ReviewAnswer };
  migration_plan: { input: PlanInput; answer: PlanAnswer };
}

export interface Runner {
  run: <J extends keyof Jobs>(
    job: J,
    input: Jobs[J]["input"],
    signal: AbortSignal,
  ) => Promise<Jobs[J]["answer"]>;
  warm: () => Promise<void>;
  close: () => Promise<void>;
}

const IDLE_MS = 30_000;

export function threadRunner(): Runner {
  const threads = createThreads({
    entry: new URL("../architecture-thread.node.ts", import.meta.url),
    size: 2,
    idleMs: IDLE_MS,
    maxHeapMb: 768,
  });
  return {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the thread runs the functions that these types are of
    run: async (job, input, signal) => (await threads.run(job, input, signal)) as never,
    async warm() {
      await threads.run("warm", {}, new AbortController().signal);
    },
    close: () => threads.close(),
  };
}

/** Errors about the input are answers for the model; others are left to the kit. */
export async function answered<T extends object>(
  work: Promise<T>,
  answer: (value: T) => CallToolResult,
): Promise<CallToolResult> {
  try {
    return answer(await work);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "InputProblem") throw error;
    return failure(error.message);
  }
}
