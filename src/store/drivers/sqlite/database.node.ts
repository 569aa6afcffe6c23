/** Opens the database file, brings it to the current schema, and gives its failures a name. */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { FlotillaError, isFlotillaError, messageOf } from "../../../protocol/errors.ts";
import { storeClosed } from "../../limits.ts";
import { MIGRATIONS } from "./migrations.ts";

export type Value = string | number | null;
export type Row = Readonly<Record<string, unknown>>;

export interface Database {
  /** Statements are prepared once. */
  all(sql: string, ...values: Value[]): Row[];
  get(sql: string, ...values: Value[]): Row | undefined;
  /** Rows changed. */
  run(sql: string, ...values: Value[]): number;
  /** All or nothing. Nested calls join the outer one. */
  transaction<T>(work: () => T): T;
  close(): void;
}

export function openDatabase(path: string): Database {
  const raw = readable(path, () => new DatabaseSync(path));
  try {
    return readable(path, () => {
      // WAL: a kill at any point loses nothing that was acknowledged. NORMAL: only a power cut may lose the last
      // moments, never the file; each of them would otherwise cost a disk flush.
      raw.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
      migrate(raw);
      return createDatabase(raw, path);
    });
  } catch (error) {
    raw.close();
    throw error;
  }
}

function migrate(raw: DatabaseSync): void {
  const version = Number(raw.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (version > MIGRATIONS.length) {
    throw new FlotillaError("store_unreadable", "The state was written by a newer Flotilla.", {
      hint: "Update Flotilla, or choose another folder with --state.",
      data: { version, known: MIGRATIONS.length },
    });
  }
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index >= version) raw.exec(`BEGIN; ${step}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}

function createDatabase(raw: DatabaseSync, path: string): Database {
  const statements = new Map<string, StatementSync>();
  let isClosed = false;
  let depth = 0;
  const statement = (sql: string): StatementSync => {
    if (isClosed) throw storeClosed();
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const prepared = raw.prepare(sql);
    statements.set(sql, prepared);
    return prepared;
  };
  const transaction = <T>(work: () => T): T => {
    if (depth > 0) return work();
    statement("BEGIN IMMEDIATE").run();
    depth += 1;
    try {
      const result = work();
      statement("COMMIT").run();
      return result;
    } catch (error) {
      raw.exec("ROLLBACK");
      throw error;
    } finally {
      depth -= 1;
    }
  };
  return {
    all: (sql, ...values) => readable(path, () => statement(sql).all(...values)),
    get: (sql, ...values) => readable(path, () => statement(sql).get(...values)),
    run: (sql, ...values) => readable(path, () => Number(statement(sql).run(...values).changes)),
    transaction: (work) => readable(path, () => transaction(work)),
    close() {
      if (isClosed) return;
      isClosed = true;
      raw.close();
    },
  };
}

/** SQLite's own failures become `store_unreadable`; the user's data is never touched to "repair" it. */
function readable<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isFlotillaError(error)) throw error;
    throw new FlotillaError("store_unreadable", `The state in ${path} cannot be used.`, {
      hint: "Move the file away to start anew, or choose another folder with --state.",
      data: { reason: messageOf(error) },
      cause: error,
    });
  }
}
