/** Hints at tables that are really several: repeating groups, lists in text, facts of other rows. */
import type { Finding } from "flotilla/worker/review";
import type { Column, Table } from "../lib/schema-model.ts";

export function shapeFindings(table: Table): Finding[] {
  const dependents = transitive(table);
  return [
    ...repeatingGroups(table),
    ...table.columns.flatMap((column) => columnShape(table, column)),
    ...(dependents === undefined
      ? []
      : [{ object: table.name, location: table.location, ...dependents }]),
    ...(table.columns.length > WIDE ? [wide(table)] : []),
  ];
}

/** Columns from which a table is probably several. */
const WIDE = 60;

function wide({ name, columns, location }: Table): Finding {
  const message = `${name} has ${columns.length} columns; some probably belong to a thing of their own.`;
  return {
    rule: "wide-table",
    severity: "info",
    object: name,
    location,
    message,
    evidence: `${columns.length} columns`,
  };
}

/** `phone1, phone2`: the first normal form asks for rows instead. */
function repeatingGroups(table: Table): Finding[] {
  const groups = new Map<string, string[]>();
  for (const { name } of table.columns) {
    const stem = name.replace(/_?\d{1,4}$/, "");
    if (stem !== "" && stem !== name) groups.set(stem, [...(groups.get(stem) ?? []), name]);
  }
  const repeated = [...groups].filter(([, names]) => names.length > 1);
  return repeated.map(([stem, names]) => ({
    rule: "repeating-group",
    severity: "warning",
    object: table.name,
    location: table.location,
    evidence: names.join(", "),
    message: `${table.name} repeats ${stem} in columns (first normal form): a further one needs a schema change.`,
    fix: `Move them to a table ${singular(table.name)}_${stem} with one row each.`,
  }));
}

const INTEGER_KEYS = new Set(["int4", "int8", "uuid"]);

function columnShape(table: Table, { name, type, location }: Column): Finding[] {
  const at = { object: `${table.name}.${name}`, location };
  const isText = type === "text" || type === "varchar";
  if (isText && /_(list|csv|ids)$/.test(name)) {
    const message = `${name} seems to hold a list as text (first normal form): no key can check it and no index find it.`;
    return [
      {
        ...at,
        rule: "list-in-text",
        severity: "warning",
        message,
        fix: "Use a table of its own, or at least an array.",
      },
    ];
  }
  const isDeclared = table.foreignKeys.some(({ columns }) => columns.includes(name));
  const isOwn = table.keys.some(
    ({ kind, columns }) => kind === "primary" && columns.includes(name),
  );
  if (!name.endsWith("_id") || !INTEGER_KEYS.has(type) || isDeclared || isOwn) return [];
  const message = `${table.name}.${name} is named like a reference, but nothing keeps it valid.`;
  const fix = `ALTER TABLE ${table.name} ADD FOREIGN KEY (${name}) REFERENCES ${name.slice(0, -3)}s NOT VALID;`;
  return [{ ...at, rule: "undeclared-reference", severity: "info", message, fix }];
}

/** `customer_id, customer_name, customer_email` beside a key to customers: facts of another row (third normal form). */
function transitive(
  table: Table,
): Pick<Finding, "rule" | "severity" | "message" | "evidence" | "fix"> | undefined {
  for (const key of table.foreignKeys) {
    const [column] = key.columns;
    const stem = column?.endsWith("_id") === true ? column.slice(0, -3) : undefined;
    if (stem === undefined || key.columns.length !== 1) continue;
    const copies = table.columns
      .filter(({ name }) => name.startsWith(`${stem}_`) && name !== column)
      .map(({ name }) => name);
    if (copies.length < 2) continue;
    return {
      rule: "transitive-dependency",
      severity: "info",
      evidence: copies.join(", "),
      message: `${copies.join(", ")} look like facts about ${key.target}, kept again in ${table.name} (third normal form).`,
      fix: `Read them through ${column}, unless they are meant to be a snapshot.`,
    };
  }
  return undefined;
}

export function singular(name: string): string {
  const last = name.split(".").at(-1) ?? name;
  return last.endsWith("ies") ? `${last.slice(0, -3)}y` : last.replace(/s$/, "");
}
