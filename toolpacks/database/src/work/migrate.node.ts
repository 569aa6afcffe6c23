/** Reviews a migration statement by statement, and proves that it applies by applying it. */
import { text } from "../lib/ast.ts";
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport, Location } from "flotilla/worker/review";
import type { Engine } from "../lib/pg-engine.node.ts";
import { SqlError, extensionsOf, load, openSearchPath } from "../lib/pg-load.ts";
import type { Skipped } from "../lib/pg-load.ts";
import { fillTables } from "../lib/pg-rows.ts";
import { readPostgres } from "../lib/postgres-source.ts";
import type { Source, Statement } from "../lib/postgres-source.ts";
import { short } from "../lib/text.ts";
import { BLOCKS, effectsOf, strongest } from "./lock-levels.ts";
import type { Effect, LockLevel } from "./lock-levels.ts";
import { effectFindings } from "./migration-rules.ts";

export interface MigrationInput {
  migration: string;
  /** The schema before it. Without it only a migration that starts from nothing can be proven. */
  ddl?: string;
  /** The migration tool runs the file in one transaction. Default true. */
  inTransaction?: boolean;
  /** Made-up rows per table, to find constraints that existing rows would break. Default 100. */
  rows?: number;
}
export interface MigrationStep {
  sql: string;
  location: Location;
  actions: string[];
  table: string;
  lock: LockLevel;
  blocks: string;
  work: "none" | "scan" | "rewrite";
  reversible: "yes" | "no" | "unknown";
  undo?: string;
}
export interface MigrationAnswer extends FindingReport {
  steps: MigrationStep[];
  proof: {
    applies: boolean;
    appliedStatements: number;
    error?: string;
    location?: Location;
    skipped: Skipped[];
    tried: boolean;
  };
  reversible: boolean;
  /** Undo of all steps in reverse order, where each can be undone. */
  undo?: string;
}

export async function reviewMigration(
  engine: Engine,
  input: MigrationInput,
): Promise<MigrationAnswer> {
  const [migration, ddl] = await Promise.all([
    readPostgres(input.migration),
    readPostgres(input.ddl ?? ""),
  ]);
  const { steps, findings } = readSteps(migration, input.inTransaction ?? true);
  findings.push(...timeoutFinding(migration, steps));
  const { proof, found } = await prove(engine, { input, migration, ddl });
  findings.push(...found);
  const undos = steps.flatMap(({ undo }) => undo ?? []);
  const isWhole = steps.length > 0 && undos.length === steps.length;
  return {
    ...reportOf(findings),
    steps,
    proof,
    reversible: steps.every(({ reversible }) => reversible !== "no"),
    ...(isWhole ? { undo: undos.toReversed().join("\n") } : {}),
  };
}

function readSteps(
  migration: Source,
  inTransaction: boolean,
): { steps: MigrationStep[]; findings: Finding[] } {
  const findings = migration.problems.map(({ message, location }): Finding => ({
    rule: "syntax-error",
    severity: "error",
    message,
    location,
  }));
  const begins = migration.statements.some(({ type }) => type === "TransactionStmt");
  const isWrapped = inTransaction || begins;
  const created = new Set<string>();
  let held: string | undefined;
  const steps = migration.statements.map((statement) => {
    const effects = effectsOf(statement);
    for (const { action, table } of effects) if (action === "CREATE TABLE") created.add(table);
    // Nobody can wait for a table that did not exist before the migration.
    const old = effects.filter(({ table }) => !created.has(table));
    for (const effect of old) findings.push(...effectFindings(effect, { statement, isWrapped }));
    const isLong = old.some(({ work }) => work !== "none");
    const isOther = held !== undefined && old.every(({ table }) => table !== held);
    if (isWrapped && held !== undefined && isLong && isOther)
      findings.push(heldFinding(held, statement));
    held = old.find(({ lock }) => BLOCKS[lock] === "reads and writes")?.table ?? held;
    return stepOf(statement, effects);
  });
  return { steps, findings };
}

function heldFinding(table: string, statement: Statement): Finding {
  return {
    rule: "lock-held-during-work",
    severity: "warning",
    location: statement.location,
    object: table,
    message: `${table} stays locked while this statement works, because both are in one transaction.`,
    evidence: short(statement.sql),
    fix: "Put them into separate migrations.",
  };
}

function stepOf(statement: Statement, effects: readonly Effect[]): MigrationStep {
  const lock = strongest(effects);
  const works = effects.map(({ work }) => work);
  const undos = effects.map(({ undo }) => undo);
  const canUndo = effects.length > 0 && undos.every((one) => one !== undefined);
  return {
    sql: short(statement.sql, 300),
    location: statement.location,
    actions: effects.map(({ action }) => action),
    table: effects[0]?.table ?? "",
    lock,
    blocks: BLOCKS[lock],
    work: works.includes("rewrite") ? "rewrite" : works.includes("scan") ? "scan" : "none",
    reversible: effects.some(({ destroys }) => destroys) ? "no" : canUndo ? "yes" : "unknown",
    ...(canUndo ? { undo: undos.toReversed().join("\n") } : {}),
  };
}

function timeoutFinding(migration: Source, steps: readonly MigrationStep[]): Finding[] {
  const locks = steps.find(
    ({ blocks, actions }) => blocks === "reads and writes" && !actions.includes("CREATE TABLE"),
  );
  const isSet = migration.statements.some(
    ({ type, node }) => type === "VariableSetStmt" && text(node, "name") === "lock_timeout",
  );
  if (locks === undefined || isSet) return [];
  return [
    {
      rule: "no-lock-timeout",
      severity: "info",
      object: locks.table,
      location: locks.location,
      message: "While a strong lock waits for one long query, every later query waits behind it.",
      fix: "SET lock_timeout = '5s'; and try again when it fails.",
    },
  ];
}

interface Proof {
  proof: MigrationAnswer["proof"];
  found: Finding[];
}
interface Given {
  input: MigrationInput;
  migration: Source;
  ddl: Source;
}

async function prove(engine: Engine, given: Given): Promise<Proof> {
  const { input, migration } = given;
  const [first] = migration.statements;
  const needsMore =
    input.ddl === undefined && first !== undefined && !first.type.startsWith("Create");
  if (needsMore || first === undefined) {
    return {
      proof: { applies: false, appliedStatements: 0, skipped: [], tried: false },
      found: [],
    };
  }
  const withRows = await apply(engine, { ...given, rows: input.rows ?? 100 });
  if (withRows.applies || withRows.sqlState?.startsWith("23") !== true) return told(withRows);
  // An integrity violation (class 23) may be the fault of made-up rows: real ones decide, so say which question.
  const without = await apply(engine, { ...given, rows: 0 });
  if (!without.applies) return told(without);
  const finding: Finding = {
    rule: "depends-on-data",
    severity: "warning",
    message: `It applies to empty tables; whether it does to yours depends on their rows: ${withRows.error ?? ""}`,
    fix: "Look for rows that break it before you run it.",
    ...(withRows.location === undefined ? {} : { location: withRows.location }),
  };
  return { proof: told(without).proof, found: [finding] };
}

interface Applied {
  applies: boolean;
  appliedStatements: number;
  skipped: Skipped[];
  error?: string;
  location?: Location;
  sqlState?: string;
}

function told({ sqlState: _sqlState, ...applied }: Applied): Proof {
  const { applies, error, location } = applied;
  const finding = (): Finding => ({
    rule: "does-not-apply",
    severity: "error",
    message: error ?? "It does not apply.",
    ...(location === undefined ? {} : { location }),
  });
  return { proof: { ...applied, tried: true }, found: applies ? [] : [finding()] };
}

async function apply(
  engine: Engine,
  { migration, ddl, rows }: Given & { rows: number },
): Promise<Applied> {
  let appliedStatements = 0;
  const extensions = [...extensionsOf(ddl), ...extensionsOf(migration)];
  try {
    return await engine.inTransaction(extensions, async (db) => {
      await load(db, ddl, { what: "ddl" });
      await openSearchPath(db);
      await fillTables(db, { perTable: rows, tables: {} });
      const onDone = (): void => void (appliedStatements += 1);
      const skipped = await load(db, migration, { what: "migration", onDone });
      return { applies: true, appliedStatements, skipped };
    });
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const { location, sqlState } = error;
    // A schema that does not load is the caller's mistake, not the migration's.
    if (error.message.startsWith("ddl")) throw error;
    return {
      applies: false,
      appliedStatements,
      skipped: [],
      error: error.message,
      location,
      ...(sqlState === undefined ? {} : { sqlState }),
    };
  }
}
