/** Entity-relationship diagrams: Mermaid text for documents, SVG for the eye. */
import { readPostgres } from "../lib/postgres-source.ts";
import type { SyntaxProblem } from "../lib/postgres-source.ts";
import { modelOf } from "../lib/schema-model.ts";
import type { ForeignKey, SchemaModel, Table } from "../lib/schema-model.ts";
import { drawDiagram } from "./diagram-picture.ts";

export interface DiagramInput {
  ddl: string;
  /** Only these tables, and what they are directly linked to. */
  tables?: string[];
  columns?: "all" | "keys" | "none";
}
export interface DiagramAnswer {
  mermaid: string;
  tables: number;
  relations: {
    from: string;
    to: string;
    columns: string[];
    cardinality: "one-to-one" | "many-to-one";
    optional: boolean;
  }[];
  problems: SyntaxProblem[];
  notes: string[];
  picture?: string;
}

/** Beyond it, lines cross more than they tell. */
const MAX_DRAWN = 200;

export async function diagram(input: DiagramInput): Promise<DiagramAnswer> {
  const source = await readPostgres(input.ddl);
  const model = modelOf(source);
  const chosen = choose(model, input.tables);
  const notes: string[] = [];
  const wanted = input.columns ?? (chosen.length > 60 ? "keys" : "all");
  const relations = chosen.flatMap((table) =>
    table.foreignKeys
      .filter(({ target }) => chosen.some(({ name }) => name === target))
      .map((key) => relation(table, key)),
  );
  const boxes = chosen.map((table) => ({ table, columns: columnsOf(table, wanted) }));
  let picture: string | undefined;
  if (chosen.length > MAX_DRAWN)
    notes.push(`${chosen.length} tables are too many for one picture; name some in "tables".`);
  else if (chosen.length > 0) picture = await drawDiagram(boxes, relations);
  return {
    mermaid: mermaid(boxes, relations),
    tables: chosen.length,
    relations,
    problems: source.problems,
    notes,
    ...(picture === undefined ? {} : { picture }),
  };
}

function choose(model: SchemaModel, names: readonly string[] | undefined): Table[] {
  const all = [...model.tables.values()].filter(({ isPartition }) => !isPartition);
  if (names === undefined || names.length === 0) return all;
  const wanted = new Set(names.map((name) => name.replace(/^public\./, "")));
  const linked = new Set(wanted);
  for (const { name, foreignKeys } of all) {
    for (const { target } of foreignKeys) {
      if (wanted.has(name)) linked.add(target);
      if (wanted.has(target)) linked.add(name);
    }
  }
  return all.filter(({ name }) => linked.has(name));
}

export interface ColumnLine {
  name: string;
  type: string;
  mark: "PK" | "FK" | "PK,FK" | "UK" | "";
  notNull: boolean;
}
export interface TableBox {
  table: Table;
  columns: ColumnLine[];
}
export type Relation = DiagramAnswer["relations"][number];

function columnsOf(table: Table, wanted: "all" | "keys" | "none"): ColumnLine[] {
  if (wanted === "none") return [];
  const primary = new Set(
    table.keys.filter(({ kind }) => kind === "primary").flatMap(({ columns }) => columns),
  );
  const unique = new Set(
    table.keys
      .filter(({ kind, columns }) => kind === "unique" && columns.length === 1)
      .flatMap(({ columns }) => columns),
  );
  const foreign = new Set(table.foreignKeys.flatMap(({ columns }) => columns));
  const lines = table.columns.map(({ name, type, notNull }): ColumnLine => {
    const isPrimary = primary.has(name);
    const mark =
      isPrimary && foreign.has(name)
        ? "PK,FK"
        : isPrimary
          ? "PK"
          : foreign.has(name)
            ? "FK"
            : unique.has(name)
              ? "UK"
              : "";
    return { name, type, mark, notNull };
  });
  return wanted === "keys" ? lines.filter(({ mark }) => mark !== "") : lines;
}

function relation(table: Table, key: ForeignKey): Relation {
  const same = (columns: readonly string[]): boolean =>
    columns.length === key.columns.length && columns.every((name) => key.columns.includes(name));
  return {
    from: table.name,
    to: key.target,
    columns: key.columns,
    cardinality: table.keys.some(({ columns }) => same(columns)) ? "one-to-one" : "many-to-one",
    optional: table.columns.some(({ name, notNull }) => key.columns.includes(name) && !notNull),
  };
}

function mermaid(boxes: readonly TableBox[], relations: readonly Relation[]): string {
  const lines = ["erDiagram"];
  for (const { table, columns } of boxes) {
    lines.push(`  ${word(table.name)} {`);
    for (const { name, type, mark } of columns) {
      const marks = mark === "" ? "" : ` ${mark.replace(",", ", ")}`;
      lines.push(`    ${word(type)} ${word(name)}${marks}`);
    }
    lines.push("  }");
  }
  for (const { from, to, columns, cardinality, optional } of relations) {
    const left = optional ? "|o" : "||";
    const right = cardinality === "one-to-one" ? "o|" : "o{";
    lines.push(
      `  ${word(to)} ${left}--${right} ${word(from)} : "${columns.join(", ").replaceAll('"', "")}"`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** Mermaid's names are letters, digits, `_` and `-`; array brackets are welcome in types only. */
const word = (name: string): string =>
  name.replaceAll("[]", "_array").replaceAll(/[^\p{L}\p{N}_-]/gu, "_");
