/** Where the tools' work happens: two kinds of threads, so that a long EXPLAIN does not hold up a format. */
import { createThreads, failure } from "flotilla/worker";
import type { CallToolResult, ThreadPool } from "flotilla/worker";
import type { AdvisorAnswer, AdvisorInput } from "../work/advise.node.ts";
import type { DiagramAnswer, DiagramInput } from "../work/diagram.ts";
import type { ExplainAnswer, ExplainInput } from "../work/explain.node.ts";
import type { FormatAnswer, FormatInput } from "../work/format.ts";
import type { LintAnswer, LintInput } from "../work/lint.ts";
import type { MigrationAnswer, MigrationInput } from "../work/migrate.node.ts";
import type { NosqlAnswer, NosqlInput } from "../work/nosql.ts";
import type { SchemaReviewAnswer, SchemaReviewInput } from "../work/review-schema.ts";
import { child, number, text } from "./ast.ts";

/** What crosses to and from the threads. Their tables of jobs answer exactly this; a test runs every one. */
interface AnalysisJobs {
  sql_lint: { input: LintInput; answer: LintAnswer };
  sql_format: { input: FormatInput; answer: FormatAnswer };
  schema_review: { input: SchemaReviewInput; answer: SchemaReviewAnswer };
  schema_diagram: { input: DiagramInput; answer: DiagramAnswer };
  nosql_schema: { input: NosqlInput; answer: NosqlAnswer };
}
interface PostgresJobs {
  warm: { input: object; answer: void };
  sql_explain: { input: ExplainInput; answer: ExplainAnswer };
  index_advisor: { input: AdvisorInput; answer: AdvisorAnswer };
  migration_review: { input: MigrationInput; answer: MigrationAnswer };
}

export interface Runner {
  /** Does a job of `analysis-thread.node.ts`. */
  analyse: <J extends keyof AnalysisJobs>(
    job: J,
    input: AnalysisJobs[J]["input"],
    signal: AbortSignal,
  ) => Promise<AnalysisJobs[J]["answer"]>;
  /** Does a job of `postgres-thread.node.ts`. */
  postgres: <J extends keyof PostgresJobs>(
    job: J,
    input: PostgresJobs[J]["input"],
    signal: AbortSignal,
  ) => Promise<PostgresJobs[J]["answer"]>;
  warm: () => Promise<void>;
  close: () => Promise<void>;
}

/** PostgreSQL holds half a gigabyte while it is loaded; a minute of silence is enough to give that back. */
const POSTGRES_IDLE_MS = 60_000;
const ANALYSIS_IDLE_MS = 30_000;

export function threadRunner(): Runner {
  const analysis: ThreadPool = createThreads({
    entry: new URL("../analysis-thread.node.ts", import.meta.url),
    size: 2,
    idleMs: ANALYSIS_IDLE_MS,
    maxHeapMb: 768,
  });
  const postgres: ThreadPool = createThreads({
    entry: new URL("../postgres-thread.node.ts", import.meta.url),
    size: 1,
    idleMs: POSTGRES_IDLE_MS,
    maxHeapMb: 768,
  });
  /* eslint-disable typescript/no-unsafe-type-assertion -- the threads run the functions that these types are of */
  return {
    analyse: async (job, input, signal) => (await analysis.run(job, input, signal)) as never,
    postgres: async (job, input, signal) => (await postgres.run(job, input, signal)) as never,
    async warm() {
      await postgres.run("warm", {}, new AbortController().signal);
    },
    async close() {
      await Promise.all([analysis.close(), postgres.close()]);
    },
  };
}

/** Errors about the input are answers for the model, with the place as data; others are left to the kit. */
const TOLD = new Set(["SqlError", "FormatError"]);

export async function answered<T extends object>(
  work: Promise<T>,
  answer: (value: T) => CallToolResult,
): Promise<CallToolResult> {
  try {
    return answer(await work);
  } catch (error) {
    if (!(error instanceof Error) || !TOLD.has(error.name)) throw error;
    return failure(explained(error));
  }
}

function explained(error: Error): string {
  const data = child(error, "data");
  const at = child(data, "location");
  const line = number(at, "line");
  const where = line === undefined ? "" : `\nat line ${line}, column ${number(at, "column") ?? 1}`;
  const statement = text(data, "statement") ?? "";
  const hint = text(data, "hint");
  return [
    `${error.message}${where}`,
    statement === "" ? "" : `in: ${statement}`,
    hint === undefined ? "" : `hint: ${hint}`,
  ]
    .filter((one) => one !== "")
    .join("\n");
}
