/** Reports and manifests: texts whose names need no ending. */
import { InputProblem } from "flotilla/worker/review";
import { readSources } from "flotilla/worker/sources";
import type { SourceInput } from "flotilla/worker/sources";
import type { ReadOptions } from "./inputs.ts";

export const REPORT_LIMITS = {
  maxFiles: 500,
  maxFileBytes: 16_000_000,
  maxTotalBytes: 48_000_000,
};

/** The texts by name; of a folder only those that fit. Rejects with `InputProblem` when there is none. */
export async function readTexts(
  input: SourceInput,
  { include, expected, limits = {} }: ReadOptions,
): Promise<[path: string, text: string][]> {
  const found = await readSources(input, {
    ...REPORT_LIMITS,
    contentName: "content",
    include,
    ...limits,
  });
  const all = Object.entries(found);
  if (all.length === 0)
    throw new InputProblem(`There is nothing here that can be read: expected ${expected}.`);
  return all;
}
