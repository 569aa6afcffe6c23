/** From what a caller gave to the answer of a job. */
import type { CallToolResult } from "flotilla/worker";
import { answered } from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import { readSources } from "flotilla/worker/sources";
import type { SourceInput, SourceLimits } from "flotilla/worker/sources";
import type { PackJobs } from "../jobs.ts";
import { LIMITS, withFiles } from "./inputs.ts";

export type PythonJobs = Jobs<PackJobs>;

/** Reads the sources, runs the job on them, and says what is wrong with the input where something is. */
export function onSources<T extends SourceInput, Answer>(
  given: T,
  work: (input: Omit<T, keyof SourceInput> & { files: Record<string, string> }) => Promise<Answer>,
  { answer, limits = LIMITS }: { answer: (value: Answer) => CallToolResult; limits?: SourceLimits },
): Promise<CallToolResult> {
  return answered(
    readSources(given, limits).then((files) => work(withFiles(given, files))),
    answer,
  );
}
