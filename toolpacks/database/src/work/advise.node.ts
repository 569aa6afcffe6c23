/** Tries candidate indexes on a workload by building them, and keeps those under which the planner's cost falls. */
import type { Finding, FindingReport } from "flotilla/worker/review";
import { reportOf } from "flotilla/worker/review";
import type { Database, Engine } from "../lib/pg-engine.node.ts";
import { SqlError, sqlError } from "../lib/pg-load.ts";
import type { Filled } from "../lib/pg-rows.ts";
import { nodesOf, percent, planOf } from "../lib/plan.ts";
import type { PlanNode } from "../lib/plan.ts";
import { readPostgres } from "../lib/postgres-source.ts";
import type { Statement } from "../lib/postgres-source.ts";
import { short } from "../lib/text.ts";
import { prepared } from "./explain.node.ts";
import type { Scratch } from "./explain.node.ts";
import { candidatesOf } from "./index-candidates.ts";
import type { Candidate, Columns } from "./index-candidates.ts";

export interface WorkloadQuery {
  sql: string;
  /** How often it runs, beside the others. Default 1. */
  weight?: number;
}
export interface AdvisorInput extends Scratch {
  workload: WorkloadQuery[];
  maxIndexes?: number;
}
export interface Recommendation {
  ddl: string;
  table: string;
  columns: string[];
  /** Weighted cost of the workload before and after this index, those above it in place. */
  costBefore: number;
  costAfter: number;
  saving: string;
  sizeBytes: number;
  helps: number[];
}
export interface AdvisorAnswer extends FindingReport {
  recommendations: Recommendation[];
  queries: { sql: string; weight: number; costBefore: number; costAfter: number; error?: string }[];
  tried: number;
  costBefore: number;
  costAfter: number;
  unusedIndexes: string[];
  tables: Filled[];
  notes: string[];
}

/** Enough rows that a scan costs more than an index; what a real table has is told by `statistics`. */
const DEFAULT_ROWS = 10_000;
const MAX_CANDIDATES = 48;
/** Below this share of the whole cost an index is not worth its upkeep. */
const LEAST_SAVING = 0.03;

interface Query {
  statement: Statement;
  weight: number;
}

export async function advise(engine: Engine, input: AdvisorInput): Promise<AdvisorAnswer> {
  const queries: Query[] = [];
  const broken: { sql: string; weight: number; error: string }[] = [];
  for (const { sql, weight = 1 } of input.workload) {
    const source = await readPostgres(sql);
    for (const problem of source.problems)
      broken.push({ sql: short(sql), weight, error: problem.message });
    queries.push(...source.statements.map((statement) => ({ statement, weight })));
  }
  return engine.onPrepared(await prepared(input, DEFAULT_ROWS), async (db, made) => {
    const bench = await benchOf(db, queries);
    const search = await findIndexes(db, {
      bench,
      columns: await columnsOf(db),
      max: input.maxIndexes ?? 5,
    });
    return {
      ...answerOf(bench, search),
      queries: [
        ...bench.queries.map(({ statement, weight }, at) => ({
          sql: statement.sql,
          weight,
          costBefore: bench.before[at] ?? 0,
          costAfter: search.after[at] ?? 0,
        })),
        ...broken.map((one) => ({ ...one, costBefore: 0, costAfter: 0 })),
        ...bench.broken,
      ],
      tables: made.tables,
      notes: [
        ...made.notes,
        ...made.skipped.map(({ statement, reason }) => `Left out "${statement}": ${reason}.`),
      ],
    };
  });
}

interface Bench {
  queries: Query[];
  before: number[];
  broken: AdvisorAnswer["queries"];
  /** Plain indexes of the schema that no query of the workload uses. */
  unused: string[];
}

/** Costs without any new index. Queries that cannot be planned are set aside, not fatal. */
async function benchOf(db: Database, queries: readonly Query[]): Promise<Bench> {
  const bench: Bench = { queries: [], before: [], broken: [], unused: [] };
  const used = new Set<string>();
  for (const query of queries) {
    await db.exec("SAVEPOINT query");
    try {
      const plan = await planFor(db, query);
      bench.queries.push(query);
      bench.before.push(plan.totalCost);
      for (const { index } of nodesOf(plan)) if (index !== undefined) used.add(index);
      await db.exec("RELEASE SAVEPOINT query");
    } catch (error) {
      await db.exec("ROLLBACK TO SAVEPOINT query");
      const told = error instanceof Error ? error.message : String(error);
      bench.broken.push({
        sql: query.statement.sql,
        weight: query.weight,
        costBefore: 0,
        costAfter: 0,
        error: told,
      });
    }
  }
  const rows = await db.query(
    "SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.oid >= 16384 AND NOT i.indisunique ORDER BY 1",
  );
  bench.unused = rows.map(({ name }) => String(name)).filter((name) => !used.has(name));
  return bench;
}

async function planFor(db: Database, { statement }: Query): Promise<PlanNode> {
  const generic = /\$\d/.test(statement.sql) ? ", GENERIC_PLAN" : "";
  try {
    const rows = await db.simple(`EXPLAIN (FORMAT JSON${generic}) ${statement.sql}`);
    const plan = planOf(Object.values(rows[0] ?? {})[0]);
    if (plan !== undefined) return plan;
  } catch (error) {
    const source = await readPostgres(statement.sql);
    throw sqlError(error instanceof Error ? new Error(error.message) : error, {
      statement,
      what: "workload",
      source,
    });
  }
  throw new SqlError("workload: PostgreSQL gave no plan.", {
    location: statement.location,
    evidence: short(statement.sql),
    sqlState: undefined,
  });
}

interface Search {
  picked: Recommendation[];
  after: number[];
  tried: number;
}

async function findIndexes(
  db: Database,
  { bench, columns, max }: { bench: Bench; columns: Columns; max: number },
): Promise<Search> {
  const all = bench.queries.flatMap(({ statement }) => candidatesOf(statement, columns));
  let left = [
    ...new Map(all.map((one) => [`${one.table}(${one.columns.join(",")})`, one])).values(),
  ].slice(0, MAX_CANDIDATES);
  const search: Search = { picked: [], after: [...bench.before], tried: left.length };
  while (search.picked.length < max && left.length > 0) {
    const results: { candidate: Candidate; costs: number[]; size: number }[] = [];
    for (const candidate of left) {
      const tried = await tryIndex(db, { candidate, bench });
      if (tried !== undefined) results.push({ candidate, ...tried });
    }
    const now = weigh(bench, search.after);
    // What does not help now will not help beside more indexes either, with rare exceptions not worth the time.
    const helpful = results.filter(({ costs }) => weigh(bench, costs) < now * (1 - LEAST_SAVING));
    const best = helpful.toSorted(
      (a, b) =>
        weigh(bench, a.costs) - weigh(bench, b.costs) ||
        a.candidate.columns.length - b.candidate.columns.length,
    )[0];
    if (best === undefined) break;
    await db.exec(indexDdl(best.candidate));
    search.picked.push(recommendation(best, { bench, before: search.after }));
    search.after = best.costs;
    left = helpful.filter((one) => one !== best).map(({ candidate }) => candidate);
  }
  return search;
}

/** Builds the index, plans every query, and takes the index back. */
async function tryIndex(
  db: Database,
  { candidate, bench }: { candidate: Candidate; bench: Bench },
): Promise<{ costs: number[]; size: number } | undefined> {
  await db.exec("SAVEPOINT candidate");
  try {
    await db.exec(indexDdl(candidate));
    const [row] = await db.query(
      "SELECT pg_relation_size(max(indexrelid::bigint)::oid::regclass)::float8 AS size FROM pg_index",
    );
    const costs: number[] = [];
    for (const query of bench.queries) costs.push((await planFor(db, query)).totalCost);
    return { costs, size: Number(row?.["size"] ?? 0) };
  } catch {
    // Types without a B-tree order, for one.
    return undefined;
  } finally {
    await db.exec("ROLLBACK TO SAVEPOINT candidate");
  }
}

const quote = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;

function indexDdl({ table, columns }: Candidate): string {
  return `CREATE INDEX ON ${table.split(".").map(quote).join(".")} (${columns.map(quote).join(", ")})`;
}

function weigh(bench: Bench, costs: readonly number[]): number {
  return costs.reduce((sum, cost, at) => sum + cost * (bench.queries[at]?.weight ?? 1), 0);
}

function recommendation(
  best: { candidate: Candidate; costs: number[]; size: number },
  { bench, before }: { bench: Bench; before: readonly number[] },
): Recommendation {
  const { candidate, costs, size } = best;
  const [costBefore, costAfter] = [weigh(bench, before), weigh(bench, costs)];
  return {
    ddl: `${indexDdl(candidate).replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY")};`,
    ...candidate,
    costBefore: Math.round(costBefore),
    costAfter: Math.round(costAfter),
    saving: percent(1 - costAfter / costBefore),
    sizeBytes: size,
    helps: costs.flatMap((cost, at) => (cost < (before[at] ?? 0) * 0.99 ? [at] : [])),
  };
}

function answerOf(
  bench: Bench,
  search: Search,
): Omit<AdvisorAnswer, "queries" | "tables" | "notes"> {
  const findings = search.picked.map(({ ddl, table, columns, saving, helps }): Finding => ({
    rule: "useful-index",
    severity: "warning",
    object: `${table} (${columns.join(", ")})`,
    message: `An index on ${table} (${columns.join(", ")}) lowers the workload's planned cost by ${saving}.`,
    evidence: `helps ${helps.length} of ${bench.queries.length} queries`,
    fix: ddl,
  }));
  return {
    ...reportOf(findings),
    recommendations: search.picked,
    tried: search.tried,
    costBefore: Math.round(weigh(bench, bench.before)),
    costAfter: Math.round(weigh(bench, search.after)),
    unusedIndexes: bench.unused,
  };
}

async function columnsOf(db: Database): Promise<Columns> {
  const rows = await db.query(
    `SELECT CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END AS name, array_agg(a.attname::text) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped GROUP BY 1`,
  );
  return new Map(
    rows.map((row) => [
      String(row["name"]),
      new Set(Array.isArray(row["columns"]) ? row["columns"].map(String) : []),
    ]),
  );
}
