/** Runs a schema statement by statement, leaving out what a scratch database cannot or must not do, with a note. */
import { as, child, children, text } from "./ast.ts";
import { InputProblem } from "flotilla/worker/review";
import type { Location, ProblemFacts } from "flotilla/worker/review";
import type { Source, Statement } from "./postgres-source.ts";
import type { Database } from "./pg-engine.node.ts";
import { knownExtensions } from "./extensions.ts";
import { short } from "./text.ts";

export interface Skipped {
  statement: string;
  location: Location;
  reason: string;
}

/** A statement that PostgreSQL refused. `location` points into the text that was given. */
export class SqlError extends InputProblem {
  readonly location: Location;
  readonly sqlState: string | undefined;
  constructor(message: string, facts: SqlFacts) {
    const { sqlState, ...told } = facts;
    super(message, told);
    this.location = facts.location;
    this.sqlState = sqlState;
  }
}
interface SqlFacts extends ProblemFacts {
  location: Location;
  sqlState: string | undefined;
}

/** Statements that mean something else, or nothing, in a scratch database inside a transaction. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  AlterDatabaseStmt: "databases are outside this scratch one",
  AlterOwnerStmt: "the owner does not exist here",
  AlterRoleStmt: "roles are outside this scratch database",
  AlterDefaultPrivilegesStmt: "privileges do not change plans",
  AlterSystemStmt: "server settings stay as they are",
  CheckPointStmt: "it concerns the server only",
  CopyStmt: "files are out of reach",
  CreateRoleStmt: "roles are outside this scratch database",
  CreatedbStmt: "databases are outside this scratch one",
  CreatePublicationStmt: "replication is outside this scratch database",
  CreateSubscriptionStmt: "replication is outside this scratch database",
  DropdbStmt: "databases are outside this scratch one",
  DropRoleStmt: "roles are outside this scratch database",
  GrantRoleStmt: "privileges do not change plans",
  GrantStmt: "privileges do not change plans",
  LoadStmt: "libraries are out of reach",
  LockStmt: "nobody else is here to lock out",
  NotifyStmt: "nobody listens",
  ReindexStmt: "indexes are fresh here",
  TransactionStmt: "everything runs in one transaction that is taken back",
  VacuumStmt: "it cannot run inside a transaction",
};

export function reasonToSkip({ type, node, sql }: Statement): string | undefined {
  const known = LEFT_OUT[type];
  if (known !== undefined) return known;
  if (type === "CreateExtensionStmt") {
    const name = text(node, "extname") ?? "";
    return knownExtensions.has(name) ? undefined : `the extension ${name} is not available here`;
  }
  if (type === "CommentStmt" && text(node, "objtype") === "OBJECT_EXTENSION")
    return "it is a comment";
  if (type === "AlterTableStmt") {
    const commands = children(node, "cmds").map((one) => text(as(one, "AlterTableCmd"), "subtype"));
    if (commands.length > 0 && commands.every((one) => one === "AT_ChangeOwner")) {
      return "the owner does not exist here";
    }
  }
  // pg_dump empties the search path; every unqualified name behind it would then be unknown.
  if (type === "SelectStmt" && /set_config\s*\(\s*'search_path'/.test(sql.slice(0, 200))) {
    return "the search path stays as it is";
  }
  if (type === "VariableSetStmt" && text(node, "name") === "search_path") return undefined;
  if (type === "VariableSetStmt" && text(node, "name")?.endsWith("timeout") === true)
    return "timeouts are kept outside";
  return undefined;
}

/** CONCURRENTLY cannot run inside a transaction, and changes nothing of what is built. */
export function runnable({ type, node, sql }: Statement): string {
  const concurrent = type === "IndexStmt" && node["concurrent"] === true;
  const dropConcurrent = type === "DropStmt" && node["concurrent"] === true;
  const detach = type === "AlterTableStmt" && /\bDETACH\s+PARTITION\b/i.test(sql);
  return concurrent || dropConcurrent || detach ? sql.replace(/\bCONCURRENTLY\b/i, "") : sql;
}

export function extensionsOf(source: Source): string[] {
  return source.statements
    .filter(({ type }) => type === "CreateExtensionStmt")
    .flatMap(({ node }) => text(node, "extname") ?? []);
}

export interface LoadOptions {
  /** What is being loaded, for errors: "ddl", "migration". */
  what: string;
  /** Called after each statement that ran. */
  onDone?: (statement: Statement) => void;
}

/** Throws `SqlError` at the first statement that fails; the transaction is then broken. */
export async function load(db: Database, source: Source, options: LoadOptions): Promise<Skipped[]> {
  const [problem] = source.problems;
  if (problem !== undefined) {
    throw new SqlError(`${options.what}: ${problem.message}`, {
      location: problem.location,
      sqlState: "42601",
    });
  }
  const skipped: Skipped[] = [];
  for (const statement of source.statements) {
    const reason = reasonToSkip(statement);
    if (reason === undefined) {
      await runStatement(db, source, { statement, what: options.what });
      options.onDone?.(statement);
    } else {
      skipped.push({ statement: short(statement.sql), location: statement.location, reason });
    }
  }
  return skipped;
}

export async function runStatement(
  db: Database,
  source: Source,
  { statement, what }: { statement: Statement; what: string },
): Promise<void> {
  try {
    await db.exec(runnable(statement));
  } catch (error) {
    throw sqlError(error, { statement, what, source });
  }
}

/** PostgreSQL's own words, with the place in the text that was given. */
export function sqlError(
  error: unknown,
  { statement, what, source }: { statement: Statement; what: string; source: Source },
): SqlError {
  const message = error instanceof Error ? error.message : String(error);
  const at = Number(child({ error }, "error")?.["position"] ?? text(error, "position") ?? 0);
  const offset = at > 0 ? statement.start + at - 1 : statement.start;
  const location = at > 0 ? placeOf(source.text, offset) : statement.location;
  const hint = text(error, "hint");
  return new SqlError(`${what} line ${location.line}: ${message}`, {
    location,
    evidence: short(statement.sql),
    sqlState: text(error, "code"),
    ...(hint === undefined ? {} : { hint }),
  });
}

function placeOf(sql: string, offset: number): Location {
  const before = sql.slice(0, offset);
  const lastBreak = before.lastIndexOf("\n");
  return { line: before.split("\n").length, column: offset - lastBreak };
}

/** Every schema that the loaded text made is searched, `public` first, so that names resolve as their author meant. */
export async function openSearchPath(db: Database): Promise<void> {
  const rows = await db.query(
    "SELECT quote_ident(nspname) AS name FROM pg_namespace WHERE oid >= 16384 ORDER BY oid",
  );
  const names = ["public", ...rows.map(({ name }) => String(name))];
  await db.exec(`SET LOCAL search_path = ${[...new Set(names)].join(", ")}`);
}
