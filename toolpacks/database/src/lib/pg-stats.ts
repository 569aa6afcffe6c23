/** Puts the statistics of a real table on a scratch one, so that the planner believes in rows that are not there. */
import type { Database } from "./pg-engine.node.ts";

export interface ColumnStatistics {
  /** Distinct values; negative: a share of the rows (-1 = all different), as in pg_stats. */
  nDistinct?: number;
  nullFraction?: number;
  averageWidth?: number;
  correlation?: number;
}
export interface TableStatistics {
  rows: number;
  columns?: Readonly<Record<string, ColumnStatistics>>;
}
export type Statistics = Readonly<Record<string, TableStatistics>>;

export const statisticsSchema = {
  type: "object",
  description:
    "Facts of real tables (pg_class.reltuples, pg_stats), by table. Rows are what the planner should believe in.",
  maxProperties: 500,
  additionalProperties: {
    type: "object",
    properties: {
      rows: { type: "number", minimum: 0, maximum: 1e12 },
      columns: {
        type: "object",
        maxProperties: 1000,
        additionalProperties: {
          type: "object",
          properties: {
            nDistinct: { type: "number" },
            nullFraction: { type: "number", minimum: 0, maximum: 1 },
            averageWidth: { type: "number", minimum: 1, maximum: 65536 },
            correlation: { type: "number", minimum: -1, maximum: 1 },
          },
          additionalProperties: false,
        },
      },
    },
    required: ["rows"],
    additionalProperties: false,
  },
};

/** Returns notes about what could not be used. Runs after ANALYZE, whose numbers it overrides. */
export async function injectStatistics(db: Database, statistics: Statistics): Promise<string[]> {
  const notes: string[] = [];
  for (const [name, table] of Object.entries(statistics)) {
    const [found] = await db.query(
      `SELECT n.nspname AS schema, c.relname AS relation, c.relpages AS pages, c.reltuples::float8 AS rows
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)`,
      [name],
    );
    if (found === undefined) {
      notes.push(`There is no table ${name} to put statistics on.`);
      continue;
    }
    const place = [String(found["schema"]), String(found["relation"])];
    if (Number(found["pages"]) === 0) {
      // The planner multiplies rows per page with the pages that are really there.
      notes.push(`${name} is empty, so its row count cannot be scaled: generate some rows for it.`);
    }
    await db.query(
      "SELECT pg_restore_relation_stats('schemaname', $1::text, 'relname', $2::text, 'relpages', $3::int, 'reltuples', $4::real)",
      [...place, Math.max(1, Number(found["pages"])), table.rows],
    );
    for (const [column, facts] of Object.entries(table.columns ?? {})) {
      await injectColumn(db, { place, column, facts });
    }
  }
  return notes;
}

async function injectColumn(
  db: Database,
  { place, column, facts }: { place: string[]; column: string; facts: ColumnStatistics },
): Promise<void> {
  const [row] = await db.query(
    "SELECT null_frac, avg_width, n_distinct, correlation FROM pg_stats WHERE schemaname = $1 AND tablename = $2 AND attname = $3",
    [...place, column],
  );
  await db.query(
    `SELECT pg_restore_attribute_stats('schemaname', $1::text, 'relname', $2::text, 'attname', $3::text, 'inherited', false,
       'null_frac', $4::real, 'avg_width', $5::int, 'n_distinct', $6::real)`,
    [
      ...place,
      column,
      facts.nullFraction ?? Number(row?.["null_frac"] ?? 0),
      facts.averageWidth ?? Number(row?.["avg_width"] ?? 8),
      facts.nDistinct ?? Number(row?.["n_distinct"] ?? -1),
    ],
  );
}
