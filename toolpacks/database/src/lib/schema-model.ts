/** What a piece of DDL builds: tables, columns, keys, indexes. Read from the parse tree, so nothing has to run. */
import { allAs, as, child, children, find, number, strings, text } from "./ast.ts";
import type { Node } from "./ast.ts";
import type { Location } from "flotilla/worker/review";
import type { Source, Statement } from "./postgres-source.ts";

export interface Column {
  name: string;
  /** As PostgreSQL names it: `int4`, `varchar`, `timestamptz`; arrays end in `[]`. */
  type: string;
  /** The numbers in the type's brackets: `varchar(40)` → `[40]`. */
  typeArguments: number[];
  notNull: boolean;
  hasDefault: boolean;
  isIdentity: boolean;
  isSerial: boolean;
  isGenerated: boolean;
  location: Location;
}
export interface Key {
  kind: "primary" | "unique";
  columns: string[];
}
export interface ForeignKey {
  name: string | undefined;
  columns: string[];
  /** Qualified as `Table.name` is. */
  target: string;
  /** Empty: the target's primary key. */
  targetColumns: string[];
  onDelete: string;
  location: Location;
}
export interface Index {
  name: string | undefined;
  table: string;
  columns: string[];
  unique: boolean;
  partial: boolean;
  hasExpression: boolean;
  method: string;
  location: Location;
}
export interface Table {
  /** `schema.table`, without `public.`. */
  name: string;
  columns: Column[];
  keys: Key[];
  foreignKeys: ForeignKey[];
  checks: number;
  isPartition: boolean;
  location: Location;
}
export interface SchemaModel {
  tables: Map<string, Table>;
  indexes: Index[];
  enums: Map<string, string[]>;
}

export function modelOf(source: Source): SchemaModel {
  const model: SchemaModel = { tables: new Map(), indexes: [], enums: new Map() };
  for (const statement of source.statements) {
    if (statement.type === "CreateStmt") addTable(model, source, statement);
    else if (statement.type === "AlterTableStmt") alterTable(model, source, statement);
    else if (statement.type === "IndexStmt") addIndex(model, statement);
    else if (statement.type === "CreateEnumStmt") {
      const name = qualified(strings(children(statement.node, "typeName")));
      model.enums.set(name, strings(children(statement.node, "vals")));
    } else if (statement.type === "DropStmt") dropTables(model, statement);
  }
  return model;
}

function addTable(model: SchemaModel, source: Source, statement: Statement): void {
  const { node } = statement;
  const table: Table = {
    name: rangeName(child(node, "relation")),
    columns: [],
    keys: [],
    foreignKeys: [],
    checks: 0,
    isPartition: node["partbound"] !== undefined,
    location: statement.location,
  };
  for (const element of children(node, "tableElts")) {
    const column = as(element, "ColumnDef");
    if (column !== undefined) addColumn(table, source, column);
    const constraint = as(element, "Constraint");
    if (constraint !== undefined) addConstraint(table, { source, node: constraint });
  }
  model.tables.set(table.name, table);
}

function addColumn(table: Table, source: Source, node: Node): void {
  const name = text(node, "colname") ?? "";
  const constraints = allAs(children(node, "constraints"), "Constraint");
  const kinds = new Set(constraints.map((one) => text(one, "contype")));
  const type = typeName(child(node, "typeName"));
  table.columns.push({
    name,
    type,
    typeArguments: typeArguments(child(node, "typeName")),
    notNull:
      kinds.has("CONSTR_NOTNULL") || kinds.has("CONSTR_PRIMARY") || kinds.has("CONSTR_IDENTITY"),
    hasDefault: kinds.has("CONSTR_DEFAULT"),
    isIdentity: kinds.has("CONSTR_IDENTITY"),
    isSerial: /^(small|big)?serial[248]?$/.test(type),
    isGenerated: kinds.has("CONSTR_GENERATED"),
    location: source.locate(number(node, "location") ?? 0),
  });
  for (const constraint of constraints)
    addConstraint(table, { source, node: constraint, column: name });
}

interface Declared {
  source: Source;
  node: Node;
  /** The column it was written at, for constraints that name none. */
  column?: string;
}

function addConstraint(table: Table, { source, node, column }: Declared): void {
  const own = column === undefined ? [] : [column];
  const columns = (key: string): string[] => {
    const listed = strings(children(node, key));
    return listed.length > 0 ? listed : own;
  };
  const kind = text(node, "contype");
  if (kind === "CONSTR_PRIMARY" || kind === "CONSTR_UNIQUE") {
    const key = columns("keys");
    table.keys.push({ kind: kind === "CONSTR_PRIMARY" ? "primary" : "unique", columns: key });
    if (kind === "CONSTR_PRIMARY") {
      for (const one of table.columns) if (key.includes(one.name)) one.notNull = true;
    }
  } else if (kind === "CONSTR_FOREIGN") {
    table.foreignKeys.push({
      name: text(node, "conname"),
      columns: columns("fk_attrs"),
      target: rangeName(child(node, "pktable")),
      targetColumns: strings(children(node, "pk_attrs")),
      onDelete: text(node, "fk_del_action") ?? "a",
      location: source.locate(number(node, "location") ?? 0),
    });
  } else if (kind === "CONSTR_CHECK") table.checks += 1;
}

function alterTable(model: SchemaModel, source: Source, { node }: Statement): void {
  const table = model.tables.get(rangeName(child(node, "relation")));
  if (table === undefined) return;
  for (const command of children(node, "cmds")) {
    const alter = as(command, "AlterTableCmd");
    const name = text(alter, "name") ?? "";
    const column = table.columns.find((one) => one.name === name);
    const kind = text(alter, "subtype");
    const def = child(alter, "def");
    if (kind === "AT_AddConstraint") {
      const constraint = as(def, "Constraint");
      if (constraint !== undefined) addConstraint(table, { source, node: constraint });
    } else if (kind === "AT_AddColumn") {
      const added = as(def, "ColumnDef");
      if (added !== undefined) addColumn(table, source, added);
    } else if (kind === "AT_DropColumn") {
      table.columns = table.columns.filter((one) => one.name !== name);
    } else if (column !== undefined && kind === "AT_SetNotNull") column.notNull = true;
    else if (column !== undefined && kind === "AT_ColumnDefault") column.hasDefault = true;
    else if (column !== undefined && kind === "AT_AddIdentity") column.isIdentity = true;
    else if (column !== undefined && kind === "AT_AlterColumnType") {
      column.type = typeName(child(as(def, "ColumnDef"), "typeName"));
    }
  }
}

function addIndex(model: SchemaModel, { node, location }: Statement): void {
  const parts = children(node, "indexParams").map((one) => as(one, "IndexElem"));
  model.indexes.push({
    name: text(node, "idxname"),
    table: rangeName(child(node, "relation")),
    columns: parts.flatMap((one) => text(one, "name") ?? []),
    unique: node["unique"] === true,
    partial: node["whereClause"] !== undefined,
    hasExpression: parts.some((one) => text(one, "name") === undefined),
    method: text(node, "accessMethod") ?? "btree",
    location,
  });
}

function dropTables(model: SchemaModel, { node }: Statement): void {
  if (text(node, "removeType") !== "OBJECT_TABLE") return;
  for (const object of find(node["objects"], "List")) {
    model.tables.delete(qualified(strings(children(object, "items"))));
  }
}

/** `public` is where names live that nobody qualified, so it is not worth saying. */
export function qualified(parts: readonly string[]): string {
  const known = parts.slice(-2);
  return known[0] === "public" && known.length === 2 ? (known[1] ?? "") : known.join(".");
}

export function rangeName(range: Node | undefined): string {
  const schema = text(range, "schemaname");
  return qualified([...(schema === undefined ? [] : [schema]), text(range, "relname") ?? ""]);
}

export function typeName(node: Node | undefined): string {
  const parts = strings(children(node, "names"));
  const base = parts[0] === "pg_catalog" ? (parts[1] ?? "") : qualified(parts);
  return children(node, "arrayBounds").length > 0 ? `${base}[]` : base;
}

function typeArguments(node: Node | undefined): number[] {
  return children(node, "typmods").flatMap(
    (one) => number(child(as(one, "A_Const"), "ival"), "ival") ?? [],
  );
}

/** Columns that find rows by a prefix: primary keys, unique constraints and plain indexes. */
export function indexedPrefixes(model: SchemaModel, table: Table): string[][] {
  const keys = table.keys.map(({ columns }) => columns);
  const indexes = model.indexes.filter(
    (one) => one.table === table.name && !one.partial && one.method === "btree",
  );
  return [...keys, ...indexes.map(({ columns }) => columns)];
}

/** True when some index starts with these columns, in any order. */
export function isCovered(
  prefixes: readonly (readonly string[])[],
  columns: readonly string[],
): boolean {
  return prefixes.some((prefix) => {
    const head = prefix.slice(0, columns.length);
    return head.length === columns.length && columns.every((one) => head.includes(one));
  });
}
