/**
 * What each statement locks and whether it reads or rewrites the whole table, after the PostgreSQL manual: "Explicit
 * Locking" (13.3), "ALTER TABLE", "CREATE INDEX". A table of facts; the review only combines them.
 */
import { allAs, as, child, children, find, strings, text } from "../lib/ast.ts";
import type { Node } from "../lib/ast.ts";
import type { Statement } from "../lib/postgres-source.ts";
import { rangeName, typeName } from "../lib/schema-model.ts";

export type LockLevel =
  | "none"
  | "ROW EXCLUSIVE"
  | "SHARE UPDATE EXCLUSIVE"
  | "SHARE"
  | "SHARE ROW EXCLUSIVE"
  | "ACCESS EXCLUSIVE";

/** What a lock keeps others from doing. */
export const BLOCKS: Record<
  LockLevel,
  "nothing" | "schema changes" | "writes" | "reads and writes"
> = {
  none: "nothing",
  "ROW EXCLUSIVE": "nothing",
  "SHARE UPDATE EXCLUSIVE": "schema changes",
  SHARE: "writes",
  "SHARE ROW EXCLUSIVE": "writes",
  "ACCESS EXCLUSIVE": "reads and writes",
};
const ORDER: LockLevel[] = [
  "none",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "ACCESS EXCLUSIVE",
];

export interface Effect {
  /** `ADD COLUMN`, `CREATE INDEX`, … */
  action: string;
  table: string;
  lock: LockLevel;
  /** How long the lock is held grows with the table. */
  work: "none" | "scan" | "rewrite";
  /** Whether the statement can be taken back, and how. */
  undo: string | undefined;
  /** Data is gone for good. */
  destroys: boolean;
  detail: Node | undefined;
}

/** One entry per thing the statement does. */
export function effectsOf(statement: Statement): Effect[] {
  const { type, node } = statement;
  const simple = SIMPLE[type];
  if (simple !== undefined) return [simple(node)];
  if (type === "AlterTableStmt") {
    const table = rangeName(child(node, "relation"));
    return children(node, "cmds").flatMap((one) => {
      const command = as(one, "AlterTableCmd");
      return command === undefined ? [] : [alterEffect(table, command)];
    });
  }
  return [];
}

export function strongest(effects: readonly Effect[]): LockLevel {
  return effects.reduce<LockLevel>(
    (most, { lock }) => (ORDER.indexOf(lock) > ORDER.indexOf(most) ? lock : most),
    "none",
  );
}

const base = { work: "none", undo: undefined, destroys: false, detail: undefined } as const;

const SIMPLE: Readonly<Record<string, (node: Node) => Effect>> = {
  CreateStmt: (node) => {
    const table = rangeName(child(node, "relation"));
    return {
      ...base,
      action: "CREATE TABLE",
      table,
      lock: "none",
      undo: `DROP TABLE ${table};`,
      detail: node,
    };
  },
  IndexStmt: (node) => {
    const concurrent = node["concurrent"] === true;
    const name = text(node, "idxname");
    return {
      ...base,
      action: concurrent ? "CREATE INDEX CONCURRENTLY" : "CREATE INDEX",
      table: rangeName(child(node, "relation")),
      lock: concurrent ? "SHARE UPDATE EXCLUSIVE" : "SHARE",
      work: "scan",
      undo:
        name === undefined
          ? "DROP INDEX CONCURRENTLY the new index;"
          : `DROP INDEX CONCURRENTLY ${name};`,
      detail: node,
    };
  },
  DropStmt: (node) => {
    const kind = (text(node, "removeType") ?? "OBJECT_")
      .replace("OBJECT_", "")
      .replaceAll("_", " ");
    const names = find(node["objects"], "List").map((one) =>
      strings(children(one, "items")).join("."),
    );
    const concurrent = node["concurrent"] === true;
    return {
      ...base,
      action: `DROP ${kind}`,
      table: names.join(", "),
      lock: concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE",
      destroys: kind === "TABLE" || kind === "SCHEMA" || kind === "MATVIEW",
      detail: node,
    };
  },
  RenameStmt: (node) => ({
    ...base,
    action: `RENAME ${(text(node, "renameType") ?? "").replace("OBJECT_", "")}`.trim(),
    table: rangeName(child(node, "relation")),
    lock: "ACCESS EXCLUSIVE",
    undo: `rename ${text(node, "newname") ?? "it"} back`,
    detail: node,
  }),
  TruncateStmt: (node) => ({
    ...base,
    action: "TRUNCATE",
    table: children(node, "relations")
      .map((one) => rangeName(as(one, "RangeVar")))
      .join(", "),
    lock: "ACCESS EXCLUSIVE",
    destroys: true,
  }),
  UpdateStmt: (node) => ({
    ...base,
    action: "UPDATE",
    table: rangeName(child(node, "relation")),
    lock: "ROW EXCLUSIVE",
    work: "scan",
    destroys: true,
    detail: node,
  }),
  DeleteStmt: (node) => ({
    ...base,
    action: "DELETE",
    table: rangeName(child(node, "relation")),
    lock: "ROW EXCLUSIVE",
    work: "scan",
    destroys: true,
    detail: node,
  }),
  InsertStmt: (node) => ({
    ...base,
    action: "INSERT",
    table: rangeName(child(node, "relation")),
    lock: "ROW EXCLUSIVE",
    undo: "delete the inserted rows",
    detail: node,
  }),
  VacuumStmt: (node) => ({
    ...base,
    action: "VACUUM",
    table: "",
    lock: find(node, "DefElem").some((one) => text(one, "defname") === "full")
      ? "ACCESS EXCLUSIVE"
      : "SHARE UPDATE EXCLUSIVE",
    work: "scan",
  }),
  ClusterStmt: (node) => ({
    ...base,
    action: "CLUSTER",
    table: rangeName(child(node, "relation")),
    lock: "ACCESS EXCLUSIVE",
    work: "rewrite",
  }),
  ReindexStmt: (node) => ({
    ...base,
    action: "REINDEX",
    table: rangeName(child(node, "relation")),
    lock: "SHARE",
    work: "scan",
  }),
  RefreshMatViewStmt: (node) => ({
    ...base,
    action: "REFRESH MATERIALIZED VIEW",
    table: rangeName(child(node, "relation")),
    lock: node["concurrent"] === true ? "none" : "ACCESS EXCLUSIVE",
    work: "rewrite",
  }),
  CreateTrigStmt: (node) => ({
    ...base,
    action: "CREATE TRIGGER",
    table: rangeName(child(node, "relation")),
    lock: "SHARE ROW EXCLUSIVE",
    undo: `DROP TRIGGER ${text(node, "trigname") ?? ""};`,
  }),
  AlterEnumStmt: (node) => ({
    ...base,
    action: "ALTER TYPE ADD VALUE",
    table: strings(children(node, "typeName")).join("."),
    lock: "none",
    detail: node,
  }),
  CreateEnumStmt: (node) => ({
    ...base,
    action: "CREATE TYPE",
    table: strings(children(node, "typeName")).join("."),
    lock: "none",
    undo: `DROP TYPE ${strings(children(node, "typeName")).join(".")};`,
  }),
};

type Row = Pick<Effect, "lock" | "work"> & {
  action: string;
  undo?: (table: string, name: string) => string;
  destroys?: boolean;
};
const full = (action: string, work: Effect["work"] = "none", undo?: Row["undo"]): Row => ({
  action,
  lock: "ACCESS EXCLUSIVE",
  work,
  ...(undo === undefined ? {} : { undo }),
});
const light = (action: string, work: Effect["work"] = "none", undo?: Row["undo"]): Row => ({
  ...full(action, work, undo),
  lock: "SHARE UPDATE EXCLUSIVE",
});

const ALTERS: Readonly<Record<string, Row>> = {
  AT_DropColumn: { ...full("DROP COLUMN"), destroys: true },
  AT_AlterColumnType: full("ALTER COLUMN TYPE", "rewrite"),
  AT_SetNotNull: full(
    "SET NOT NULL",
    "scan",
    (table, name) => `ALTER TABLE ${table} ALTER COLUMN ${name} DROP NOT NULL;`,
  ),
  AT_DropNotNull: full(
    "DROP NOT NULL",
    "none",
    (table, name) =>
      `ALTER TABLE ${table} ALTER COLUMN ${name} SET NOT NULL; -- fails if NULLs came in`,
  ),
  AT_ColumnDefault: full("SET DEFAULT"),
  AT_DropConstraint: full("DROP CONSTRAINT"),
  AT_ValidateConstraint: light("VALIDATE CONSTRAINT", "scan"),
  AT_SetStatistics: light("SET STATISTICS"),
  AT_SetStorage: full("SET STORAGE"),
  AT_SetLogged: full("SET LOGGED", "rewrite"),
  AT_SetUnLogged: full("SET UNLOGGED", "rewrite"),
  AT_SetTableSpace: full("SET TABLESPACE", "rewrite"),
  AT_SetAccessMethod: full("SET ACCESS METHOD", "rewrite"),
  AT_AttachPartition: light(
    "ATTACH PARTITION",
    "scan",
    (table) => `ALTER TABLE ${table} DETACH PARTITION …;`,
  ),
  AT_DetachPartition: full("DETACH PARTITION"),
  AT_EnableRowSecurity: full(
    "ENABLE ROW LEVEL SECURITY",
    "none",
    (table) => `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY;`,
  ),
  AT_AddIdentity: full("ADD GENERATED AS IDENTITY"),
  AT_SetExpression: full("SET EXPRESSION", "rewrite"),
  AT_SetRelOptions: light("SET (options)"),
  AT_ClusterOn: light("CLUSTER ON"),
};

function alterEffect(table: string, command: Node): Effect {
  const kind = text(command, "subtype") ?? "";
  const name = text(command, "name") ?? "";
  if (kind === "AT_AddColumn") return addColumn(table, command);
  if (kind === "AT_AddConstraint") return addConstraint(table, command);
  const row =
    ALTERS[kind] ??
    full(
      kind
        .replace(/^AT_/, "")
        .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
        .toUpperCase(),
    );
  const work = kind === "AT_AlterColumnType" && isFreeChange(command) ? "none" : row.work;
  return {
    action: row.action,
    table,
    lock: row.lock,
    work,
    undo: row.undo?.(table, name),
    destroys: row.destroys === true,
    detail: command,
  };
}

/** Only a few changes keep the stored bytes: longer or unlimited text. */
function isFreeChange(command: Node): boolean {
  const column = as(child(command, "def"), "ColumnDef");
  return (
    ["text"].includes(typeName(child(column, "typeName"))) &&
    child(column, "raw_default") === undefined
  );
}

const VOLATILE =
  /^(random|clock_timestamp|timeofday|gen_random_uuid|uuid_generate_v\d\w*|uuidv[47]|nextval)$/;

function addColumn(table: string, command: Node): Effect {
  const column = as(child(command, "def"), "ColumnDef");
  const name = text(column, "colname") ?? "";
  const constraints = allAs(children(column, "constraints"), "Constraint");
  const fallback = constraints.find((one) => text(one, "contype") === "CONSTR_DEFAULT");
  const calls = find(fallback, "FuncCall").map(
    (call) => strings(children(call, "funcname")).at(-1) ?? "",
  );
  const kinds = new Set(constraints.map((one) => text(one, "contype")));
  // A constant default is kept in the catalogue since PostgreSQL 11; a volatile one must be computed for every row.
  const isRewrite =
    calls.some((call) => VOLATILE.test(call)) ||
    kinds.has("CONSTR_IDENTITY") ||
    kinds.has("CONSTR_GENERATED") ||
    /serial/.test(typeName(child(column, "typeName")));
  const needsIndex = kinds.has("CONSTR_UNIQUE") || kinds.has("CONSTR_PRIMARY");
  return {
    action: "ADD COLUMN",
    table,
    lock: "ACCESS EXCLUSIVE",
    work: isRewrite ? "rewrite" : needsIndex ? "scan" : "none",
    undo: `ALTER TABLE ${table} DROP COLUMN ${name};`,
    destroys: false,
    detail: command,
  };
}

function addConstraint(table: string, command: Node): Effect {
  const constraint = as(child(command, "def"), "Constraint");
  const kind = text(constraint, "contype");
  const name = text(constraint, "conname") ?? "the_constraint";
  const isNotValid = constraint?.["skip_validation"] === true;
  const usesIndex = text(constraint, "indexname") !== undefined;
  const undo = `ALTER TABLE ${table} DROP CONSTRAINT ${name};`;
  const words: Record<string, string> = {
    CONSTR_FOREIGN: "ADD FOREIGN KEY",
    CONSTR_CHECK: "ADD CHECK",
    CONSTR_UNIQUE: "ADD UNIQUE",
    CONSTR_PRIMARY: "ADD PRIMARY KEY",
    CONSTR_EXCLUSION: "ADD EXCLUDE",
    CONSTR_NOTNULL: "ADD NOT NULL",
  };
  return {
    action: `${words[kind ?? ""] ?? "ADD CONSTRAINT"}${isNotValid ? " NOT VALID" : usesIndex ? " USING INDEX" : ""}`,
    table,
    lock: kind === "CONSTR_FOREIGN" ? "SHARE ROW EXCLUSIVE" : "ACCESS EXCLUSIVE",
    work: isNotValid || (usesIndex && kind === "CONSTR_UNIQUE") ? "none" : "scan",
    undo,
    destroys: false,
    detail: command,
  };
}
