/** How much attention a changed file deserves. */

export interface RiskFactors {
  changedLines: number;
  /** Cognitive complexity of the functions that the change touches. */
  cognitive: number;
  /** Earlier commits to the file, when a history was given. */
  commits: number;
  untested: boolean;
  /** Errors and warnings in its new lines. */
  findings: number;
}

/**
 * 0 to 100: grows with the logarithm of the size, and by factors for complexity, past changes, missing tests and
 * findings. A measure to sort by, not a probability.
 */
export function riskOf({
  changedLines,
  cognitive,
  commits,
  untested,
  findings,
}: RiskFactors): number {
  const size = 6 * Math.log2(1 + changedLines);
  const factor =
    (1 + Math.min(1, cognitive / 40)) *
    (1 + Math.min(0.5, commits / 40)) *
    (untested ? 1.3 : 1) *
    (1 + Math.min(0.5, findings / 10));
  return Math.min(100, Math.round(size * factor));
}

export function levelOf(risk: number): "high" | "medium" | "low" {
  if (risk >= 60) return "high";
  return risk >= 30 ? "medium" : "low";
}
