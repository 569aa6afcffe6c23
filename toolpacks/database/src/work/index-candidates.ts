/** Which columns of a query an index could serve, read from its parse tree. */
import { as, child, children, strings, text, walk } from "../lib/ast.ts";
import type { Node } from "../lib/ast.ts";
import type { Statement } from "../lib/postgres-source.ts";
import { rangeName } from "../lib/schema-model.ts";

export interface Candidate {
  table: string;
  columns: string[];
}

/** Columns of each table, as the database knows them. */
export type Columns = ReadonlyMap<string, ReadonlySet<string>>;

interface Uses {
  equal: Set<string>;
  range: Set<string>;
  order: string[];
}

/** An index of more columns rarely pays. */
const MAX_COLUMNS = 3;
const RANGE = new Set(["<", ">", "<=", ">=", "~~"]);

export function candidatesOf(statement: Statement, columns: Columns): Candidate[] {
  const tables = tablesOf(statement.node, columns);
  const uses = new Map<string, Uses>();
  const useOf = (table: string): Uses => {
    const use = uses.get(table) ?? { equal: new Set(), range: new Set(), order: [] };
    uses.set(table, use);
    return use;
  };
  const resolve = (value: Node | undefined): { table: string; column: string } | undefined =>
    resolveColumn(value, { tables, columns });
  for (const { key, node } of walk(statement.node)) {
    if (key === "A_Expr") readExpression(node, { resolve, useOf });
    if (key === "SortBy") {
      const column = resolve(child(node, "node"));
      if (column !== undefined) useOf(column.table).order.push(column.column);
    }
  }
  return [...uses].flatMap(([table, use]) => shapes(use).map((list) => ({ table, columns: list })));
}

interface Reader {
  resolve: (value: Node | undefined) => { table: string; column: string } | undefined;
  useOf: (table: string) => Uses;
}

function readExpression(node: Node, { resolve, useOf }: Reader): void {
  const operator = strings(children(node, "name")).at(-1) ?? "";
  const kind = text(node, "kind");
  const isEqual =
    (kind === "AEXPR_OP" && operator === "=") || kind === "AEXPR_IN" || kind === "AEXPR_OP_ANY";
  const isRange =
    (kind === "AEXPR_OP" && RANGE.has(operator)) ||
    kind === "AEXPR_BETWEEN" ||
    kind === "AEXPR_LIKE";
  if (!isEqual && !isRange) return;
  for (const side of [child(node, "lexpr"), child(node, "rexpr")]) {
    const column = resolve(side);
    if (column !== undefined) useOf(column.table)[isEqual ? "equal" : "range"].add(column.column);
  }
}

/** Alias → table, for every table that the statement names and the database has. */
function tablesOf(node: Node, columns: Columns): Map<string, string> {
  const tables = new Map<string, string>();
  for (const { key, node: inner } of walk(node)) {
    if (key !== "RangeVar" && key !== "relation") continue;
    const name = rangeName(inner);
    if (!columns.has(name)) continue;
    tables.set(text(child(inner, "alias"), "aliasname") ?? text(inner, "relname") ?? name, name);
  }
  return tables;
}

function resolveColumn(
  value: Node | undefined,
  { tables, columns }: { tables: ReadonlyMap<string, string>; columns: Columns },
): { table: string; column: string } | undefined {
  const parts = strings(children(as(value, "ColumnRef"), "fields"));
  const column = parts.at(-1);
  if (column === undefined) return undefined;
  const named = parts.length > 1 ? tables.get(parts.at(-2) ?? "") : undefined;
  const owner = named ?? [...tables.values()].find((table) => columns.get(table)?.has(column));
  return owner !== undefined && columns.get(owner)?.has(column) === true
    ? { table: owner, column }
    : undefined;
}

/** Equality first, then one range or the order: the only forms a B-tree serves fully. */
function shapes({ equal, range, order }: Uses): string[][] {
  const same = [...equal].slice(0, MAX_COLUMNS);
  const found: string[][] = [...equal, ...range, ...order.slice(0, 1)].map((one) => [one]);
  if (same.length > 1) {
    found.push(same, same.toReversed());
    for (const first of same)
      for (const second of same) if (first !== second) found.push([first, second]);
  }
  for (const last of [...range, ...order.slice(0, 1)]) {
    for (const first of same) if (first !== last) found.push([first, last]);
    if (!same.includes(last) && same.length > 1)
      found.push([...same.slice(0, MAX_COLUMNS - 1), last]);
  }
  if (order.length > 1) found.push(order.slice(0, MAX_COLUMNS));
  const unique = new Map(found.map((columns) => [columns.join(","), columns]));
  return [...unique.values()];
}
