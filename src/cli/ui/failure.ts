/** How a failure is told: what, and what to do next. */
import { isFlotillaError, messageOf } from "../../protocol/index.ts";
import { problemsOf, type Problem } from "../config/index.ts";
import type { Paint } from "./paint.ts";
import { harmless } from "./text.ts";

export function failureLines(error: unknown, paint: Paint): string[] {
  const mark = paint.bad("✗");
  if (!isFlotillaError(error)) {
    return [
      `${mark} ${harmless(messageOf(error))}`,
      `  ${paint.dim("This should not have happened; please report it with the command you gave.")}`,
    ];
  }
  const problems = problemsOf(error);
  if (problems.length > 0) return [...problemLines(problems, { paint, mark })];
  const lines = [`${mark} ${harmless(error.message)}`];
  if (error.hint !== undefined) lines.push(`  ${paint.dim("→")} ${harmless(error.hint)}`);
  return lines;
}

/** One block per problem: place, finding, what to do. Editors and terminals make the place a link. */
export function problemLines(
  problems: readonly Problem[],
  { paint, mark }: { paint: Paint; mark: string },
): string[] {
  return problems.flatMap((problem) => {
    const place = `${problem.file}:${problem.line}:${problem.column}`;
    const path = problem.path === "" ? "" : `${problem.path}: `;
    const lines = [`${mark} ${paint.bold(harmless(place))}`];
    lines.push(`  ${harmless(`${path}${problem.message}`)}`);
    if (problem.hint !== undefined) lines.push(`  ${paint.dim("→")} ${harmless(problem.hint)}`);
    return lines;
  });
}

/** The same for machines. */
export function failureValue(error: unknown): unknown {
  if (!isFlotillaError(error)) return { error: { code: "internal", message: messageOf(error) } };
  const { code, message, hint, retryAfterMs, data } = error;
  return { error: { code, message, hint, retryAfterMs, data } };
}
