/** Column types that bite later. One row per rule: when it holds, what to say, what to do. */
import type { Finding } from "flotilla/worker/review";
import type { Column, Table } from "../lib/schema-model.ts";

interface TypeRule {
  rule: string;
  severity: Finding["severity"];
  when: (column: Column, table: Table) => boolean;
  says: (object: string, column: Column) => string;
  /** The new type, or a whole sentence. */
  fix: { type: string } | { say: string } | undefined;
}

const SMALL_KEYS = new Set(["int4", "int2", "serial", "serial4", "smallserial", "serial2"]);
const FLOATS = new Set(["float4", "float8"]);
const NUMBERS = new Set(["int2", "int4", "bpchar", "varchar"]);

const TYPE_RULES: readonly TypeRule[] = [
  {
    rule: "timestamp-without-zone",
    severity: "warning",
    when: ({ type }) => type === "timestamp",
    says: (object) => `${object} does not say which moment it means.`,
    fix: { type: "timestamptz" },
  },
  {
    rule: "small-key",
    severity: "info",
    when: ({ name, type }, table) => SMALL_KEYS.has(type) && isOnlyKey(table, name),
    says: (object, { type }) =>
      `${object} runs out at ${/2|small/.test(type) ? "32,767" : "2,147,483,647"} rows.`,
    fix: { type: "bigint" },
  },
  {
    rule: "serial-column",
    severity: "info",
    when: ({ isSerial }) => isSerial,
    says: (object) =>
      `${object} uses serial; an identity column keeps rights and ownership of its sequence in order.`,
    fix: { say: "Declare it bigint GENERATED ALWAYS AS IDENTITY." },
  },
  {
    rule: "money-type",
    severity: "warning",
    when: ({ type }) => type === "money",
    says: (object) => `${object} depends on the server's locale.`,
    fix: { type: "numeric(14, 2)" },
  },
  {
    rule: "float-money",
    severity: "error",
    when: ({ name, type }) =>
      FLOATS.has(type) && /price|amount|total|cost|balance|salary|fee|tax/i.test(name),
    says: (object) => `${object} looks like money, and floating point cannot hold cents exactly.`,
    fix: { type: "numeric(14, 2)" },
  },
  {
    rule: "char-type",
    severity: "info",
    when: ({ type, typeArguments }) => type === "bpchar" && (typeArguments[0] ?? 1) > 1,
    says: (object) => `${object} is padded with blanks.`,
    fix: { type: "text" },
  },
  {
    rule: "json-type",
    severity: "warning",
    when: ({ type }) => type === "json",
    says: (object) => `${object} keeps JSON as text: no index, no equality.`,
    fix: { type: "jsonb" },
  },
  {
    rule: "flag-not-boolean",
    severity: "info",
    when: ({ name, type }) => /^(is|has)_/.test(name) && NUMBERS.has(type),
    says: (object, { type }) => `${object} is named like a yes or no, but is ${type}.`,
    fix: undefined,
  },
  {
    rule: "plain-password",
    severity: "info",
    when: ({ name }) => /password/i.test(name) && !/hash|digest/i.test(name),
    says: (object) => `${object} may hold passwords as they are.`,
    fix: { say: "Store only a hash made for passwords (argon2, bcrypt, scrypt)." },
  },
];

export function typeFindings(table: Table, column: Column): Finding[] {
  const object = `${table.name}.${column.name}`;
  return TYPE_RULES.filter(({ when }) => when(column, table)).map(
    ({ rule, severity, says, fix }) => ({
      rule,
      severity,
      object,
      location: column.location,
      message: says(object, column),
      evidence: `${column.name} ${column.type}`,
      ...(fix === undefined
        ? {}
        : { fix: "say" in fix ? fix.say : alter(table, column, fix.type) }),
    }),
  );
}

function alter(table: Table, { name, type }: Column, wanted: string): string {
  const using = type === "timestamp" ? ` USING ${name} AT TIME ZONE 'UTC'` : "";
  return `ALTER TABLE ${table.name} ALTER COLUMN ${name} TYPE ${wanted}${using};`;
}

function isOnlyKey(table: Table, name: string): boolean {
  return table.keys.some(
    ({ kind, columns }) => kind === "primary" && columns.length === 1 && columns[0] === name,
  );
}
