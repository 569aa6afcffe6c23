/** Runs EXPLAIN for real on the given schema. */
import type { Finding, FindingReport, Location } from "flotilla/worker/review";
import { reportOf } from "flotilla/worker/review";
import type { Database, Engine, Prepared } from "../lib/pg-engine.node.ts";
import { SqlError, extensionsOf, load, openSearchPath, sqlError } from "../lib/pg-load.ts";
import type { Skipped } from "../lib/pg-load.ts";
import { fillTables } from "../lib/pg-rows.ts";
import type { Filled } from "../lib/pg-rows.ts";
import { injectStatistics } from "../lib/pg-stats.ts";
import type { Statistics } from "../lib/pg-stats.ts";
import { painsOf, planOf } from "../lib/plan.ts";
import type { PlanNode } from "../lib/plan.ts";
import { planPicture } from "../lib/plan-picture.ts";
import { readPostgres } from "../lib/postgres-source.ts";
import type { Source, Statement } from "../lib/postgres-source.ts";

export interface Scratch {
  ddl: string;
  /** Rows to make up: for every table, or by table. */
  rows?: number | Record<string, number>;
  statistics?: Statistics;
}
export interface ExplainInput extends Scratch {
  sql: string;
  params?: unknown[];
  analyze?: boolean;
}
export interface Explained {
  sql: string;
  totalCost: number;
  planRows: number;
  executionTimeMs?: number;
  planningTimeMs?: number;
  plan: PlanNode;
}
export interface ExplainAnswer extends FindingReport {
  server: string;
  statements: Explained[];
  tables: Filled[];
  skipped: Skipped[];
  notes: string[];
  pictures: string[];
}

export const DEFAULT_ROWS = 1_000;
const MAX_EXPLAINED = 20;
const EXPLAINABLE = new Set([
  "SelectStmt",
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
  "CreateTableAsStmt",
  "DeclareCursorStmt",
]);

export interface Built {
  tables: Filled[];
  skipped: Skipped[];
  notes: string[];
  /** By bare name, as the planner believes. */
  tableRows: Map<string, number>;
}

/** The schema with its rows and statistics; asked for again, it is still there. */
export async function prepared(scratch: Scratch, defaultRows: number): Promise<Prepared<Built>> {
  const ddl = await readPostgres(scratch.ddl);
  const rows = scratch.rows ?? defaultRows;
  return {
    key: JSON.stringify([scratch.ddl, rows, scratch.statistics]),
    extensions: extensionsOf(ddl),
    async build(db) {
      const skipped = await load(db, ddl, { what: "ddl" });
      await openSearchPath(db);
      const perTable = typeof rows === "number" ? rows : defaultRows;
      const tables = await fillTables(db, {
        perTable,
        tables: typeof rows === "object" ? rows : {},
      });
      const notes = await injectStatistics(db, scratch.statistics ?? {});
      const counted = await db.query(
        "SELECT relname AS name, greatest(reltuples, 0)::float8 AS rows FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'p')",
      );
      const tableRows = new Map(counted.map((row) => [String(row["name"]), Number(row["rows"])]));
      return { tables, skipped, notes, tableRows };
    },
  };
}

export async function explain(engine: Engine, input: ExplainInput): Promise<ExplainAnswer> {
  const sql = await readPostgres(input.sql);
  checkStatements(sql);
  return engine.onPrepared(await prepared(input, DEFAULT_ROWS), async (db, built) => {
    const [version] = await db.query("SELECT current_setting('server_version') AS version");
    const statements: Explained[] = [];
    for (const statement of sql.statements) {
      statements.push(await explainOne(db, { statement, source: sql, input }));
    }
    const findings = statements.flatMap(({ plan }, index) =>
      placed(painsOf(plan, built.tableRows), sql.statements[index]),
    );
    const { tableRows: _rows, ...ground } = built;
    return {
      ...reportOf(findings),
      server: `PostgreSQL ${String(version?.["version"])}`,
      statements,
      ...ground,
      pictures: statements.flatMap(({ plan }) => planPicture(plan) ?? []),
    };
  });
}

function checkStatements(sql: Source): void {
  const [problem] = sql.problems;
  if (problem !== undefined) throw refusal(problem.message, problem.location);
  if (sql.statements.length === 0) throw refusal("there is no statement to explain");
  if (sql.statements.length > MAX_EXPLAINED) {
    throw refusal(`at most ${MAX_EXPLAINED} statements are explained at a time`);
  }
  const wrong = sql.statements.find(({ type }) => !EXPLAINABLE.has(type));
  if (wrong !== undefined) {
    throw refusal("only queries have plans; put schema statements into ddl", wrong.location);
  }
}

function refusal(message: string, location: Location = { line: 1, column: 1 }): SqlError {
  const data = { location, sqlState: undefined };
  return new SqlError(`sql line ${location.line}: ${message}`, data);
}

const placed = (findings: Finding[], statement: Statement | undefined): Finding[] =>
  findings.map((one) => (statement === undefined ? one : { ...one, location: statement.location }));

async function explainOne(
  db: Database,
  { statement, source, input }: { statement: Statement; source: Source; input: ExplainInput },
): Promise<Explained> {
  const { analyze = false, params } = input;
  const hasPlaceholders = /\$\d/.test(statement.sql);
  // Without values a placeholder gets the plan that fits any value; then nothing can be run either.
  const generic = hasPlaceholders && params === undefined;
  const options = [
    "FORMAT JSON",
    "SETTINGS",
    generic ? "GENERIC_PLAN" : "",
    analyze && !generic ? "ANALYZE, BUFFERS" : "",
  ];
  const prefix = `EXPLAIN (${options.filter((one) => one !== "").join(", ")}) `;
  try {
    const rows = generic
      ? await db.simple(prefix + statement.sql)
      : await db.query(prefix + statement.sql, hasPlaceholders ? params : []);
    const explained = Object.values(rows[0] ?? {})[0];
    const plan = planOf(explained);
    if (plan === undefined) throw new Error("PostgreSQL gave no plan.");
    const top: unknown = Array.isArray(explained) ? explained[0] : undefined;
    return {
      sql: statement.sql,
      totalCost: plan.totalCost,
      planRows: plan.planRows,
      ...timeOf(top, "Execution Time", "executionTimeMs"),
      ...timeOf(top, "Planning Time", "planningTimeMs"),
      plan,
    };
  } catch (error) {
    throw sqlError(shift(error, prefix.length), { statement, what: "sql", source });
  }
}

/** PostgreSQL counts from the start of what it was sent, our prefix included. */
function shift(error: unknown, by: number): unknown {
  if (!(error instanceof Error) || !("position" in error)) return error;
  const position = Number(error.position) - by;
  return Object.assign(new Error(error.message), {
    code: "code" in error ? error.code : undefined,
    hint: "hint" in error ? error.hint : undefined,
    position: String(Math.max(0, position)),
  });
}

function timeOf(
  top: unknown,
  from: string,
  to: "executionTimeMs" | "planningTimeMs",
): Record<string, number> {
  if (typeof top !== "object" || top === null || !(from in top)) return {};
  const value: unknown = Object.entries(top).find(([key]) => key === from)?.[1];
  return typeof value === "number" ? { [to]: value } : {};
}
