/** Where the tools' work happens, and how errors about the input are told. */
import { createThreads, failure } from "flotilla/worker";
import type { CallToolResult } from "flotilla/worker";
import type { DiffAnswer, DiffInput } from "../work/diff.ts";
import type { GraphqlAnswer, GraphqlInput } from "../work/graphql.ts";
import type { LintAnswer, LintInput } from "../work/lint.ts";
import type { MockAnswer, MockInput } from "../work/mock.ts";
import type { SecurityAnswer, SecurityInput } from "../work/security.ts";

/** What crosses to and from the threads. The table of jobs answers exactly this; a test runs every one. */
interface Jobs {
  warm: { input: object; answer: void };
  openapi_lint: { input: LintInput; answer: LintAnswer };
  openapi_security: { input: SecurityInput; answer: SecurityAnswer };
  openapi_diff: { input: DiffInput; answer: DiffAnswer };
  graphql_review: { input: GraphqlInput; answer: GraphqlAnswer };
  api_mock_check: { input: MockInput; answer: MockAnswer };
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
    entry: new URL("../api-thread.node.ts", import.meta.url),
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
    if (!(error instanceof Error) || error.name !== "DocumentError") throw error;
    return failure(error.message);
  }
}
