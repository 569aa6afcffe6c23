/** Smells in SQL, found on the parse tree of the dialect it is written for. */
import { reportOf } from "flotilla/worker/review";
import type { FindingReport } from "flotilla/worker/review";
import type { Dialect } from "./lint-rules.ts";

export interface LintInput {
  sql: string;
  dialect?: Dialect;
  /** Rule ids to leave out. */
  ignore?: string[];
}
export interface LintAnswer extends FindingReport {
  dialect: string;
  statements: number;
}

export async function lint(input: LintInput): Promise<LintAnswer> {
  const dialect = input.dialect ?? "postgresql";
  const ignored = new Set(input.ignore);
  const { findings, statements } =
    dialect === "postgresql"
      ? await (await import("./lint-postgres.ts")).lintPostgres(input.sql)
      : await (await import("./lint-generic.ts")).lintGeneric(input.sql, dialect);
  const kept = findings.filter(({ rule }) => !ignored.has(rule));
  return { dialect, statements, ...reportOf(kept) };
}
