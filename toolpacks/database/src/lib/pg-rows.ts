/**
 * Fills tables with made-up rows whose shape is what a planner looks at: keys that join, few distinct values where names
 * say so, times spread over two years. Same input, same rows. All rows of a table come from one INSERT … SELECT, so a
 * hundred thousand take a second.
 */
import type { Database, Row } from "./pg-engine.node.ts";

export interface RowPlan {
  /** For tables that are not named. */
  perTable: number;
  tables: Readonly<Record<string, number>>;
}
export interface Filled {
  table: string;
  rows: number;
  /** Why it stayed empty, or what had to give way. */
  note?: string;
}

export const MAX_ROWS_PER_TABLE = 100_000;
export const MAX_ROWS = 400_000;

interface ColumnFacts {
  name: string;
  type: string;
  category: string;
  length: number;
  labels: string[];
  /** For a foreign key: the table it points to, and the column there. */
  target: { table: string; column: string } | undefined;
  unique: boolean;
  /** Place in a primary key of several columns. */
  keyPosition: number;
  keyWidth: number;
  allowed: string[];
  /** Bounds of numbers, from CHECK constraints and numeric(p, s). */
  low: number;
  high: number;
}
interface TableFacts {
  name: string;
  sql: string;
  columns: ColumnFacts[];
}

const COLUMNS = `
SELECT c.oid::int AS oid, n.nspname AS schema, c.relname AS relation, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS sql,
  a.attname AS name, coalesce(bt.typname, t.typname) AS type, coalesce(bt.typcategory, t.typcategory)::text AS category,
  CASE WHEN a.atttypmod > 4 AND t.typname IN ('varchar', 'bpchar') THEN a.atttypmod - 4 ELSE 0 END AS length,
  CASE WHEN a.atttypmod > 4 AND t.typname = 'numeric' THEN ((a.atttypmod - 4) >> 16) - ((a.atttypmod - 4) & 2047) ELSE 9 END AS whole_digits,
  coalesce((SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = coalesce(bt.oid, t.oid)), '{}') AS labels,
  (SELECT f.confrelid::regclass::text || ' ' || fa.attname FROM pg_constraint f JOIN pg_attribute fa ON fa.attrelid = f.confrelid
     AND fa.attnum = f.confkey[array_position(f.conkey, a.attnum)] WHERE f.conrelid = c.oid AND f.contype = 'f' AND a.attnum = ANY (f.conkey) LIMIT 1) AS target,
  EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum) AS is_unique,
  coalesce((SELECT array_position(k.conkey, a.attnum) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p'), 0) AS key_position,
  coalesce((SELECT array_length(k.conkey, 1) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p'), 0) AS key_width,
  coalesce((SELECT string_agg(pg_get_constraintdef(k.oid), ' ') FROM pg_constraint k WHERE k.contype = 'c' AND ((k.conrelid = c.oid AND k.conkey = ARRAY[a.attnum]) OR (t.typtype = 'd' AND k.contypid = t.oid))), '') AS check_text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type bt ON bt.oid = t.typbasetype AND t.typtype = 'd'
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY c.oid, a.attnum`;

export async function fillTables(db: Database, plan: RowPlan): Promise<Filled[]> {
  const tables = factsOf(await db.query(COLUMNS));
  // Keys are made to match; checking each row against its parent would only cost time and order.
  await db.exec("SET LOCAL session_replication_role = replica");
  const filled: Filled[] = [];
  let left = MAX_ROWS;
  const counts = new Map(tables.map(({ name }) => [name, wanted(plan, name)]));
  for (const table of tables) {
    const rows = Math.min(counts.get(table.name) ?? 0, left);
    left -= rows;
    filled.push(await fill(db, table, { rows, counts }));
  }
  await db.exec("SET LOCAL session_replication_role = origin");
  await db.exec("ANALYZE");
  return filled;
}

function wanted(plan: RowPlan, name: string): number {
  const short = name.replace(/^public\./, "");
  const key = [short, name].find((one) => Object.hasOwn(plan.tables, one));
  const rows = (key === undefined ? undefined : plan.tables[key]) ?? plan.perTable;
  return Math.min(Math.max(0, Math.trunc(rows)), MAX_ROWS_PER_TABLE);
}

interface FillOptions {
  rows: number;
  counts: ReadonlyMap<string, number>;
}

async function fill(db: Database, table: TableFacts, options: FillOptions): Promise<Filled> {
  const name = table.name.replace(/^public\./, "");
  if (options.rows === 0) return { table: name, rows: 0 };
  const names = table.columns.map((column) => `"${column.name.replaceAll('"', '""')}"`);
  const values = table.columns.map((column) => expressionOf(column, options));
  const insert = `INSERT INTO ${table.sql} (${names.join(", ")}) OVERRIDING SYSTEM VALUE
    SELECT ${values.join(", ")} FROM generate_series(1, ${options.rows}) AS g ON CONFLICT DO NOTHING`;
  const notes: string[] = [];
  for (const attempt of ["as declared", "without checks"]) {
    await db.exec("SAVEPOINT fill");
    try {
      if (attempt === "without checks") {
        await dropChecks(db, table);
        notes.push("its CHECK constraints were dropped, made-up values do not meet them");
      }
      await db.exec(insert);
      await db.exec("RELEASE SAVEPOINT fill");
      const [counted] = await db.query(`SELECT count(*)::int AS n FROM ${table.sql}`);
      return { table: name, rows: Number(counted?.["n"] ?? 0), ...noteOf(notes) };
    } catch (error) {
      await db.exec("ROLLBACK TO SAVEPOINT fill");
      if (attempt === "without checks") {
        return {
          table: name,
          rows: 0,
          note: `stayed empty: ${error instanceof Error ? error.message : ""}`,
        };
      }
    }
  }
  return { table: name, rows: 0 };
}

const noteOf = (notes: readonly string[]): { note?: string } =>
  notes.length === 0 ? {} : { note: notes.join("; ") };

async function dropChecks(db: Database, table: TableFacts): Promise<void> {
  const rows = await db.query(
    `SELECT quote_ident(conname) AS name FROM pg_constraint WHERE contype = 'c' AND conrelid = '${table.sql.replaceAll("'", "''")}'::regclass`,
  );
  for (const { name } of rows)
    await db.exec(`ALTER TABLE ${table.sql} DROP CONSTRAINT ${String(name)}`);
}

/** The SQL for one column's value in row `g`. A key and the columns that point to it use the same rule, so they join. */
function expressionOf(column: ColumnFacts, { counts }: FillOptions): string {
  const { target } = column;
  if (target !== undefined) {
    const parents = Math.max(
      1,
      counts.get(target.table) ?? counts.get(`public.${target.table}`) ?? 1,
    );
    return keyValue(column, `(${spread(column, parents)} + 1)`);
  }
  if (column.keyWidth > 1 && column.keyPosition > 0) return keyValue(column, "g");
  if (column.unique) return keyValue(column, "g");
  if (column.labels.length > 0) return pick(column.labels, column.type);
  if (column.allowed.length > 0) return pick(column.allowed, undefined);
  return plainValue(column);
}

/** 0 … parents-1, without following the row number, except where several columns must be distinct together. */
function spread(column: ColumnFacts, parents: number): string {
  if (column.keyWidth > 1 && column.keyPosition === 1) return `((g - 1) % ${parents})`;
  if (column.keyWidth > 1) return `(((g - 1) / ${parents} + (g - 1) * 7919) % ${parents})`;
  return `((g::bigint * 7919) % ${parents})`;
}

/** The n-th value of a key of this type. */
function keyValue({ type, category, length }: ColumnFacts, n: string): string {
  if (type === "uuid") return `md5(${n}::text)::uuid`;
  if (category === "N") return type === "int2" ? `(${n} % 32767)::int2` : `${n}::${type}`;
  if (category === "S") return cut(`'k' || ${n}::text`, length);
  if (category === "D") return `(timestamp '2024-01-01' + ${n} * interval '1 minute')`;
  return `${n}::text::${type}`;
}

function pick(values: readonly string[], type: string | undefined): string {
  const list = values.map((value) => `'${value.replaceAll("'", "''")}'`).join(", ");
  // The first value is the common one, as states usually are.
  const index = `CASE WHEN g % 10 < 6 THEN 1 ELSE 1 + (g % ${values.length}) END`;
  const one = `(ARRAY[${list}])[${index}]`;
  return type === undefined ? one : `(${one})::text::"${type.replaceAll('"', '""')}"`;
}

const FEW =
  /status|state|type|kind|category|role|level|priority|country|currency|language|locale|gender|class/i;

function plainValue(column: ColumnFacts): string {
  const { name, type, category, length } = column;
  const few = FEW.test(name);
  if (type === "bool") return "g % 10 = 0";
  if (type === "uuid") return "md5('u' || g)::uuid";
  if (type === "json" || type === "jsonb") return `('{"n": ' || (g % 1000) || '}')::${type}`;
  if (type === "bytea") return "decode(md5(g::text), 'hex')";
  if (type === "date") return "(date '2026-01-01' - ((g::bigint * 7919) % 730)::int)";
  if (type === "time" || type === "timetz")
    return "(time '00:00' + (g % 86400) * interval '1 second')";
  if (category === "D")
    return "(timestamp '2026-01-01' - ((g::bigint * 7919) % 1051200) * interval '1 minute')";
  if (category === "T") return "((g % 1000) * interval '1 minute')";
  if (category === "N") {
    const most = few ? 5 : type === "int2" ? 100 : 1000;
    const span = Math.max(1, Math.min(most, column.high - column.low + 1));
    return `(${column.low} + (g::bigint * 7919) % ${span})::${type}`;
  }
  if (category === "S")
    return cut(
      few ? "'v' || (g % 5)" : `'${name.slice(0, 12).replaceAll("'", "")} ' || md5(g::text)`,
      length,
    );
  if (category === "A") return "'{}'";
  if (category === "I")
    return "('10.' || (g / 65536 % 256) || '.' || (g / 256 % 256) || '.' || (g % 256))::inet";
  return "NULL";
}

function cut(value: string, length: number): string {
  return length > 0 ? `left(${value}, ${length})` : value;
}

function factsOf(rows: readonly Row[]): TableFacts[] {
  const tables = new Map<string, TableFacts>();
  for (const row of rows) {
    const name = `${String(row["schema"])}.${String(row["relation"])}`;
    const table = tables.get(name) ?? { name, sql: String(row["sql"]), columns: [] };
    tables.set(name, table);
    const target = typeof row["target"] === "string" ? row["target"] : undefined;
    const space = target?.lastIndexOf(" ") ?? -1;
    table.columns.push({
      name: String(row["name"]),
      type: String(row["type"]),
      category: String(row["category"]),
      length: Number(row["length"]),
      labels: Array.isArray(row["labels"]) ? row["labels"].map(String) : [],
      target:
        target === undefined
          ? undefined
          : { table: withSchema(target.slice(0, space)), column: target.slice(space + 1) },
      unique: row["is_unique"] === true,
      keyPosition: Number(row["key_position"]),
      keyWidth: Number(row["key_width"]),
      allowed: allowedIn(String(row["check_text"])),
      ...boundsIn(String(row["check_text"]), Number(row["whole_digits"])),
    });
  }
  return [...tables.values()];
}

const withSchema = (name: string): string => (name.includes(".") ? name : `public.${name}`);

/** The values of `CHECK (x = ANY (ARRAY['a'::text, 'b'::text]))`, which is how PostgreSQL spells IN lists. */
function allowedIn(check: string): string[] {
  if (!check.includes("ARRAY[")) return [];
  return [...check.matchAll(/'((?:[^']|'')*)'::/g)].map((match) =>
    (match[1] ?? "").replaceAll("''", "'"),
  );
}

/** `CHECK (((VALUE >= 1901) AND (VALUE <= 2155)))` → 1901 … 2155. */
function boundsIn(check: string, wholeDigits: number): { low: number; high: number } {
  const low = [...check.matchAll(/>(=?) \(?'?(-?\d{1,15})/g)].map(
    ([, equal, n]) => Number(n) + (equal === "=" ? 0 : 1),
  );
  const high = [...check.matchAll(/<(=?) \(?'?(-?\d{1,15})/g)].map(
    ([, equal, n]) => Number(n) - (equal === "=" ? 0 : 1),
  );
  const digits = wholeDigits <= 0 ? 0 : 10 ** Math.min(9, wholeDigits) - 1;
  return {
    low: low.length > 0 ? Math.max(...low) : Math.min(1, digits),
    high: Math.min(digits, ...high),
  };
}
