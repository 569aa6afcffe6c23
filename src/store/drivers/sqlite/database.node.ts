/** Opens the database file, brings it to the current schema, and keeps its statements. */
import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { FlotillaError } from "../../../protocol/errors.ts";
import { storeClosed } from "../../limits.ts";
import { readable } from "./failures.node.ts";
import { MIGRATIONS } from "./migrations.ts";

export type Value = string | number | null;
export type Row = Readonly<Record<string, unknown>>;

/**
 * Calls are synchronous and this process is alone with the file: a read followed by a write in one tick is atomic
 * without a transaction. What writes more than one row takes one, for the sake of a crash and of speed.
 */
export interface Database {
  /** Statements are prepared once; `sql` must be one of a fixed set of texts. */
  all(sql: string, ...values: Value[]): Row[];
  get(sql: string, ...values: Value[]): Row | undefined;
  /** Rows changed. */
  run(sql: string, ...values: Value[]): number;
  /** All or nothing. Not to be nested. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** "Flot": says in the file's header whose it is (https://www.sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION_ID = 0x466c6f74;

/**
 * WAL with synchronous NORMAL: whatever kills the process, every acknowledged write is there. A power cut may cost the
 * last moments (never the file). FULL would cost a disk flush for each write, and what Flotilla remembers describes
 * processes that the same power cut has ended.
 */
const PRAGMAS = `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
  PRAGMA journal_size_limit = 16777216`;

export function openDatabase(path: string, migrations: readonly string[] = MIGRATIONS): Database {
  return readable(path, () => {
    makePrivate(path);
    const raw = new DatabaseSync(path);
    try {
      checkOwner(raw, path);
      raw.exec(PRAGMAS);
      migrate(raw, migrations);
      return createDatabase(raw, path);
    } catch (error) {
      raw.close();
      throw error;
    }
  });
}

/** SQLite gives its side files the mode of the main one. An existing file keeps its own. */
function makePrivate(path: string): void {
  closeSync(openSync(path, "a", 0o600));
}

/** Refuses a database of some other program before anything is written to it. */
function checkOwner(raw: DatabaseSync, path: string): void {
  const owner = pragma(raw, "application_id");
  const isEmpty = raw.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (owner === APPLICATION_ID || (isEmpty && owner === 0)) return;
  throw new FlotillaError("store_unreadable", `${path} belongs to another program.`, {
    hint: "Choose another folder with --state.",
    data: { path },
  });
}

function migrate(raw: DatabaseSync, migrations: readonly string[]): void {
  const version = pragma(raw, "user_version");
  if (version > migrations.length) {
    throw new FlotillaError("store_unreadable", "The state was written by a newer Flotilla.", {
      hint: "Update Flotilla, or choose another folder with --state.",
      data: { version, known: migrations.length },
    });
  }
  for (const [index, step] of migrations.entries()) {
    if (index < version) continue;
    // The number is written with the step: a crash leaves either both or none.
    const mark = `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${index + 1}`;
    inTransaction(raw, () => raw.exec(`${step}; ${mark}`));
  }
}

function pragma(raw: DatabaseSync, name: "application_id" | "user_version"): number {
  return Number(raw.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function createDatabase(raw: DatabaseSync, path: string): Database {
  const statements = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    if (!raw.isOpen) throw storeClosed();
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const prepared = raw.prepare(sql);
    statements.set(sql, prepared);
    return prepared;
  };
  return {
    all: (sql, ...values) => readable(path, () => statement(sql).all(...values)),
    get: (sql, ...values) => readable(path, () => statement(sql).get(...values)),
    run: (sql, ...values) => readable(path, () => Number(statement(sql).run(...values).changes)),
    transaction(work) {
      if (!raw.isOpen) throw storeClosed();
      return readable(path, () => inTransaction(raw, work));
    },
    close() {
      if (raw.isOpen) raw.close();
    },
  };
}

function inTransaction<T>(raw: DatabaseSync, work: () => T): T {
  raw.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    raw.exec("COMMIT");
    return result;
  } catch (error) {
    // A full disk, for one, has SQLite roll back by itself.
    if (raw.isTransaction) raw.exec("ROLLBACK");
    throw error;
  }
}
