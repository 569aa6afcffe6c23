/**
 * PostgreSQL itself, in this thread. One engine serves many jobs: each runs inside a transaction that is rolled back,
 * and an engine that shows any trace afterwards is thrown away.
 */
import type { Extension, PGlite } from "@electric-sql/pglite";
import { loadParts, readTemplate, writeTemplate } from "./pg-template.node.ts";
import type { EngineParts } from "./pg-template.node.ts";

export interface Row {
  [column: string]: unknown;
}
/** What a job may do with its transaction. */
export interface Database {
  query: (sql: string, params?: unknown[]) => Promise<Row[]>;
  exec: (sql: string) => Promise<void>;
  /** One statement through the simple protocol, which sends placeholders as they stand. */
  simple: (sql: string) => Promise<Row[]>;
}

/** The first object id that is not PostgreSQL's own (FirstNormalObjectId). */
const FIRST_USER_OID = 16384;

/** Extensions that come with the engine; others are left out with a note. */
const EXTENSIONS: Readonly<Record<string, () => Promise<Extension>>> = {
  btree_gin: async () => (await import("@electric-sql/pglite/contrib/btree_gin")).btree_gin,
  btree_gist: async () => (await import("@electric-sql/pglite/contrib/btree_gist")).btree_gist,
  citext: async () => (await import("@electric-sql/pglite/contrib/citext")).citext,
  hstore: async () => (await import("@electric-sql/pglite/contrib/hstore")).hstore,
  ltree: async () => (await import("@electric-sql/pglite/contrib/ltree")).ltree,
  pg_trgm: async () => (await import("@electric-sql/pglite/contrib/pg_trgm")).pg_trgm,
  pgcrypto: async () => (await import("@electric-sql/pglite/contrib/pgcrypto")).pgcrypto,
  tablefunc: async () => (await import("@electric-sql/pglite/contrib/tablefunc")).tablefunc,
  unaccent: async () => (await import("@electric-sql/pglite/contrib/unaccent")).unaccent,
  "uuid-ossp": async () => (await import("@electric-sql/pglite/contrib/uuid_ossp")).uuid_ossp,
};

/** Something built once and worked on many times: a schema with its rows. */
export interface Prepared<P> {
  /** Equal keys build equal things. */
  key: string;
  extensions: readonly string[];
  build: (db: Database) => Promise<P>;
}

/** One job at a time: the engine belongs to a thread, and a thread does one job at a time. */
export interface Engine {
  /** Runs `work` in a transaction and takes everything back. */
  inTransaction<T>(extensions: readonly string[], work: (db: Database) => Promise<T>): Promise<T>;
  /**
   * Runs `work` on what `build` made and takes back only the work: the same key again finds it built. It is kept
   * until another job needs the engine for something else.
   */
  onPrepared<P, T>(prepared: Prepared<P>, work: (db: Database, built: P) => Promise<T>): Promise<T>;
  warm(): Promise<void>;
}

interface Running {
  db: PGlite;
  extensions: string;
  kept: { key: string; built: unknown } | undefined;
}

export function createEngine(): Engine {
  let parts: Promise<EngineParts> | undefined;
  let current: Running | undefined;
  const drop = async (): Promise<void> => {
    const old = current;
    current = undefined;
    await old?.db.close().catch(() => {});
  };
  const get = async (wanted: readonly string[]): Promise<Running> => {
    const names = [...new Set(wanted)].filter((name) => Object.hasOwn(EXTENSIONS, name)).toSorted();
    const extensions = names.join(",");
    if (current !== undefined && (extensions === "" || current.extensions === extensions)) {
      return current;
    }
    await drop();
    parts ??= loadParts();
    current = { db: await start(await parts, names), extensions, kept: undefined };
    return current;
  };
  /** An engine on which nothing of earlier jobs is left. */
  const fresh = async (wanted: readonly string[]): Promise<Running> => {
    if (current !== undefined && current.kept !== undefined) {
      current.kept = undefined;
      if (!(await restore(current.db).catch(() => false))) await drop();
    }
    return get(wanted);
  };
  return {
    warm: async () => void (await get([])),
    async inTransaction(extensions, work) {
      const { db } = await fresh(extensions);
      try {
        await db.exec("BEGIN");
        return await work(databaseOf(db));
      } finally {
        if (!(await restore(db).catch(() => false))) await drop();
      }
    },
    async onPrepared(prepared, work) {
      const running = await prepare(prepared, { current, fresh, drop });
      const { db, kept } = running;
      try {
        // eslint-disable-next-line typescript/no-unsafe-type-assertion -- equal keys built by equal code
        return await work(databaseOf(db), kept?.built as never);
      } finally {
        await db.exec(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`).catch(drop);
      }
    },
  };
}

const SAVEPOINT = "prepared";

async function prepare<P>(
  prepared: Prepared<P>,
  engine: {
    current: Running | undefined;
    fresh: (wanted: readonly string[]) => Promise<Running>;
    drop: () => Promise<void>;
  },
): Promise<Running> {
  const { current } = engine;
  if (current?.kept?.key === prepared.key) return current;
  const running = await engine.fresh(prepared.extensions);
  try {
    await running.db.exec("BEGIN");
    const built = await prepared.build(databaseOf(running.db));
    await running.db.exec(`SAVEPOINT ${SAVEPOINT}`);
    running.kept = { key: prepared.key, built };
    return running;
  } catch (error) {
    if (!(await restore(running.db).catch(() => false))) await engine.drop();
    throw error;
  }
}

async function start(parts: EngineParts, names: readonly string[]): Promise<PGlite> {
  const { PGlite: engine } = await import("@electric-sql/pglite");
  const extensions: Record<string, Extension> = {};
  for (const name of names) {
    const load = EXTENSIONS[name];
    if (load !== undefined) extensions[name.replaceAll("-", "_")] = await load();
  }
  const template = await readTemplate();
  if (template !== undefined) {
    try {
      return await engine.create({ ...parts, extensions, loadDataDir: template });
    } catch {
      // Torn or from another build: initialise anew, which also replaces it.
    }
  }
  const db = await engine.create({ ...parts, extensions });
  await writeTemplate(await db.dumpDataDir("none"));
  return db;
}

function databaseOf(db: PGlite): Database {
  return {
    query: async (sql, params) => (await db.query<Row>(sql, params ?? [])).rows,
    exec: async (sql) => void (await db.exec(sql)),
    simple: async (sql) => (await db.exec(sql))[0]?.rows ?? [],
  };
}

/** True when nothing of the job is left. */
async function restore(db: PGlite): Promise<boolean> {
  await db.exec("ROLLBACK");
  await db.exec("DISCARD ALL");
  const sql = `SELECT count(*)::int AS left FROM pg_class WHERE oid >= ${FIRST_USER_OID}`;
  const { rows } = await db.query<{ left: number }>(sql);
  return rows[0]?.left === 0;
}
