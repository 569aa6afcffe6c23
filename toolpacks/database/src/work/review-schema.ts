/** Reviews what DDL builds: keys, foreign keys, types, names, normal forms. */
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { readPostgres } from "../lib/postgres-source.ts";
import { indexedPrefixes, isCovered, modelOf } from "../lib/schema-model.ts";
import type { ForeignKey, SchemaModel, Table } from "../lib/schema-model.ts";
import { shapeFindings, singular } from "./review-shape.ts";
import { typeFindings } from "./review-types.ts";

export interface SchemaReviewInput {
  ddl: string;
  ignore?: string[];
}
export interface SchemaReviewAnswer extends FindingReport {
  tables: number;
  columns: number;
  foreignKeys: number;
  indexes: number;
}

export async function reviewSchema(input: SchemaReviewInput): Promise<SchemaReviewAnswer> {
  const source = await readPostgres(input.ddl);
  const model = modelOf(source);
  const tables = [...model.tables.values()];
  const ignored = new Set(input.ignore);
  const findings: Finding[] = [
    ...source.problems.map(({ message, location }): Finding => ({
      rule: "syntax-error",
      severity: "error",
      message,
      location,
    })),
    ...tables.flatMap((table) => [
      ...keyFindings(table),
      ...foreignKeyFindings(model, table),
      ...table.columns.flatMap((column) => typeFindings(table, column)),
      ...shapeFindings(table),
    ]),
    ...indexFindings(model),
    ...nameFindings(tables),
  ].filter(({ rule }) => !ignored.has(rule));
  return {
    tables: tables.length,
    columns: tables.reduce((sum, table) => sum + table.columns.length, 0),
    foreignKeys: tables.reduce((sum, table) => sum + table.foreignKeys.length, 0),
    indexes: model.indexes.length,
    ...reportOf(findings),
  };
}

function keyFindings(table: Table): Finding[] {
  if (table.isPartition || table.keys.some(({ kind }) => kind === "primary")) return [];
  const candidate = table.columns.find(
    ({ name }) => name === "id" || name === `${singular(table.name)}_id`,
  );
  return [
    {
      rule: "missing-primary-key",
      severity: "error",
      object: table.name,
      location: table.location,
      message: `${table.name} has no primary key: rows cannot be told apart, and logical replication cannot update them.`,
      fix:
        candidate === undefined
          ? `ALTER TABLE ${table.name} ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;`
          : `ALTER TABLE ${table.name} ADD PRIMARY KEY (${candidate.name});`,
    },
  ];
}

function foreignKeyFindings(model: SchemaModel, table: Table): Finding[] {
  const prefixes = indexedPrefixes(model, table);
  return table.foreignKeys.flatMap((key) => {
    const object = `${table.name}.${key.columns.join(", ")}`;
    const found: Finding[] = [];
    if (!isCovered(prefixes, key.columns)) {
      found.push({
        rule: "unindexed-foreign-key",
        severity: "warning",
        object,
        location: key.location,
        message: `The foreign key to ${key.target} has no index: deleting there, and joining, reads all of ${table.name}.`,
        evidence: `FOREIGN KEY (${key.columns.join(", ")}) REFERENCES ${key.target}`,
        fix: `CREATE INDEX CONCURRENTLY ON ${table.name} (${key.columns.join(", ")});`,
      });
    }
    return [...found, ...targetFindings(model, table, key)];
  });
}

function targetFindings(model: SchemaModel, table: Table, key: ForeignKey): Finding[] {
  const target = model.tables.get(key.target);
  const object = `${table.name}.${key.columns.join(", ")}`;
  if (target === undefined) {
    const message = `The foreign key points to ${key.target}, which is not in this schema.`;
    return [{ rule: "unknown-target", severity: "info", object, location: key.location, message }];
  }
  const targetColumns =
    key.targetColumns.length > 0
      ? key.targetColumns
      : (target.keys.find(({ kind }) => kind === "primary")?.columns ?? []);
  return key.columns.flatMap((name, index): Finding[] => {
    const own = table.columns.find((one) => one.name === name);
    const theirs = target.columns.find((one) => one.name === targetColumns[index]);
    if (own === undefined || theirs === undefined) return [];
    const [a, b] = [storedType(own.type), storedType(theirs.type)];
    if (a === b) return [];
    return [
      {
        rule: "foreign-key-type-mismatch",
        severity: "warning",
        object: `${table.name}.${name}`,
        location: own.location,
        message: `${table.name}.${name} is ${a} but points to ${target.name}.${theirs.name}, which is ${b}.`,
        evidence: `${a} → ${b}`,
        fix: `ALTER TABLE ${table.name} ALTER COLUMN ${name} TYPE ${b};`,
      },
    ];
  });
}

const STORED: Readonly<Record<string, string>> = {
  serial: "int4",
  serial4: "int4",
  bigserial: "int8",
  serial8: "int8",
  smallserial: "int2",
  serial2: "int2",
  integer: "int4",
  bigint: "int8",
};
const storedType = (type: string): string => STORED[type] ?? type;

function indexFindings(model: SchemaModel): Finding[] {
  return model.indexes.flatMap((index, position) => {
    if (index.partial || index.hasExpression || index.method !== "btree") return [];
    const others = model.indexes.filter(
      (one, at) =>
        at !== position &&
        one.table === index.table &&
        !one.partial &&
        !one.hasExpression &&
        one.method === "btree",
    );
    const keys = model.tables.get(index.table)?.keys.map(({ columns }) => columns) ?? [];
    const same = (columns: readonly string[]): boolean =>
      index.columns.every((name, at) => columns[at] === name);
    const wider = others.find(
      (one) =>
        same(one.columns) &&
        (one.columns.length > index.columns.length || model.indexes.indexOf(one) < position),
    );
    const key = keys.find((columns) => same(columns));
    if (index.unique || (wider === undefined && key === undefined)) return [];
    const by = wider?.name ?? (key === undefined ? "another index" : `the key (${key.join(", ")})`);
    return [
      {
        rule: "redundant-index",
        severity: "warning",
        object: index.name ?? index.table,
        location: index.location,
        message: `${index.name ?? "An index"} on ${index.table} (${index.columns.join(", ")}) does nothing that ${by} does not do.`,
        fix: index.name === undefined ? "Leave it out." : `DROP INDEX CONCURRENTLY ${index.name};`,
      },
    ];
  });
}

const RESERVED = new Set(
  "all and any array as asc between both case cast check collate column constraint create current_date default desc distinct do else end except false for foreign from grant group having in initially intersect into lateral leading limit not null offset on only or order placing primary references returning select session_user some symmetric table then to trailing true union unique user using variadic when where window with".split(
    " ",
  ),
);

function nameFindings(tables: readonly Table[]): Finding[] {
  const found: Finding[] = [];
  for (const table of tables) {
    const names = [
      { name: table.name.split(".").at(-1) ?? "", object: table.name, location: table.location },
      ...table.columns.map(({ name, location }) => ({
        name,
        object: `${table.name}.${name}`,
        location,
      })),
    ];
    for (const { name, object, location } of names) {
      const at = { object, location, evidence: name, severity: "info" as const };
      if (RESERVED.has(name.toLowerCase()))
        found.push({
          ...at,
          rule: "reserved-word",
          severity: "warning",
          message: `${object} is a reserved word and must be quoted everywhere.`,
        });
      else if (/[^a-z0-9_]/.test(name))
        found.push({
          ...at,
          rule: "quoted-name",
          message: `${object} must be quoted everywhere; lower_snake_case needs no quotes.`,
        });
      if (name.length > 63)
        found.push({
          ...at,
          rule: "long-name",
          severity: "error",
          message: `${object} is cut to 63 bytes by PostgreSQL.`,
        });
    }
  }
  const plural = tables.filter(({ name }) => name.endsWith("s")).length;
  if (
    tables.length >= 5 &&
    plural > 0 &&
    plural < tables.length &&
    Math.min(plural, tables.length - plural) <= tables.length / 4
  ) {
    const odd = tables.filter(({ name }) => name.endsWith("s") === plural < tables.length / 2);
    found.push({
      rule: "mixed-plurals",
      severity: "info",
      message: "Most table names share one number, these do not.",
      evidence: odd
        .map(({ name }) => name)
        .slice(0, 20)
        .join(", "),
    });
  }
  return found;
}
