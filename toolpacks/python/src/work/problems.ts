/** A file that could not be read, as a finding among those of the others. */
import { InputProblem } from "flotilla/worker/review";
import type { Finding } from "flotilla/worker/review";

/** Throws every error that is no problem of the input. */
export function problemFinding(file: string, error: unknown): Finding {
  if (!(error instanceof InputProblem)) throw error;
  const { location, hint } = error.data;
  return {
    rule: "unreadable",
    severity: "error",
    message: error.message,
    location: { file, line: location?.line ?? 1, column: location?.column ?? 1 },
    ...(hint === undefined ? {} : { fix: hint }),
  };
}
