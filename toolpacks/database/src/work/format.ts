/** Formats SQL for a dialect. */
import { InputProblem } from "flotilla/worker/review";
import type { SqlLanguage } from "sql-formatter";

export const FORMAT_DIALECTS = [
  "sql",
  "postgresql",
  "mysql",
  "mariadb",
  "sqlite",
  "transactsql",
  "bigquery",
  "snowflake",
  "redshift",
  "spark",
  "trino",
  "hive",
  "db2",
  "db2i",
  "plsql",
  "n1ql",
  "tidb",
  "singlestoredb",
  "duckdb",
  "clickhouse",
] as const satisfies readonly SqlLanguage[];

export interface FormatInput {
  sql: string;
  dialect?: (typeof FORMAT_DIALECTS)[number];
  keywordCase?: "preserve" | "upper" | "lower";
  indent?: number;
  lineWidth?: number;
}
export interface FormatAnswer {
  formatted: string;
  changed: boolean;
  dialect: string;
  changedLines: number;
}

export async function formatSql(input: FormatInput): Promise<FormatAnswer> {
  const { format } = await import("sql-formatter");
  const dialect = input.dialect ?? "postgresql";
  try {
    const formatted = format(input.sql, {
      language: dialect,
      keywordCase: input.keywordCase ?? "upper",
      tabWidth: input.indent ?? 2,
      expressionWidth: input.lineWidth ?? 80,
      linesBetweenQueries: 1,
    });
    const before = input.sql.split("\n");
    const kept = new Set(before);
    const changedLines = formatted.split("\n").filter((line) => !kept.has(line)).length;
    return { formatted, changed: formatted !== input.sql.trimEnd(), dialect, changedLines };
  } catch (error) {
    const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw new InputProblem(`This is not readable as ${dialect}: ${message.slice(0, 200)}`);
  }
}
