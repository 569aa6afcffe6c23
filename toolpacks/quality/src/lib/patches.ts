/** Changes as unified diffs that `git apply` takes. */
import { createTwoFilesPatch } from "diff";

/** Longer texts are compared within this time, else there is no patch. */
const TIMEOUT_MS = 2_000;

/** Undefined when nothing changed, or the two cannot be compared in time. */
export function patchOf(path: string, before: string, after: string): string | undefined {
  if (before === after) return undefined;
  const options = { context: 3, timeout: TIMEOUT_MS };
  const patch = createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, "", "", options);
  return patch?.replace(/^=+\n/, "").replaceAll(/^(---|\+\+\+) (.*)\t$/gm, "$1 $2");
}
