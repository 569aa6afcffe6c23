/** Reviews a migration statement by statement, and proves that it applies by applying it. */
import { as, child, children, number, strings, text } from "../lib/ast.ts";
import { reportOf } from "../lib/finding.ts";
import type { Finding, FindingReport, Location } from "../lib/finding.ts";
import type { Engine } from "../lib/pg-engine.node.ts";
import { extensionsOf, load, openSearchPath } from "../lib/pg-load.ts";
import type { Skipped } from "../lib/pg-load.ts";
import { fillTables } from "../lib/pg-rows.ts";
import { readPostgres } from "../lib/postgres-source.ts";
import type { Source, Statement } from "../lib/postgres-source.ts";
import { typeName } from "../lib/schema-model.ts";
import { short } from "../lib/text.ts";
import { BLOCKS, effectsOf, strongest } from "./lock-levels.ts";
import type { Effect, LockLevel } from "./lock-levels.ts";

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
  const created = new Set<string>();
  const steps: MigrationStep[] = [];
  const findings: Finding[] = migration.problems.map(({ message, location }) => ({
    rule: "syntax-error",
    severity: "error",
    message,
    location,
  }));
  const isWrapped =
    (input.inTransaction ?? true) ||
    migration.statements.some(({ type }) => type === "TransactionStmt");
  let held: string | undefined;
  for (const statement of migration.statements) {
    const effects = effectsOf(statement);
    for (const effect of effects) if (effect.action === "CREATE TABLE") created.add(effect.table);
    steps.push(stepOf(statement, effects));
    // Nobody can wait for a table that did not exist before the migration.
    const old = effects.filter(({ table }) => !created.has(table));
    for (const effect of old) findings.push(...effectFindings(effect, { statement, isWrapped }));
    const heavy = old.find(
      ({ lock, work }) => BLOCKS[lock] === "reads and writes" && work !== "none",
    );
    if (
      isWrapped &&
      held !== undefined &&
      heavy === undefined &&
      old.some(({ work }) => work !== "none")
    ) {
      findings.push({
        rule: "lock-held-during-work",
        severity: "warning",
        location: statement.location,
        object: held,
        message: `${held} stays locked while this statement works, because both are in one transaction.`,
        evidence: short(statement.sql),
        fix: "Put them into separate migrations.",
      });
    }
    held = old.find(({ lock }) => BLOCKS[lock] === "reads and writes")?.table ?? held;
  }
  findings.push(...timeoutFinding(migration, steps));
  const proof = await prove(engine, { input, migration, ddl });
  if (!proof.applies && proof.error !== undefined) {
    findings.push({
      rule: "does-not-apply",
      severity: "error",
      message: proof.error,
      ...(proof.location === undefined ? {} : { location: proof.location }),
    });
  }
  const undo = steps.every((step) => step.undo !== undefined)
    ? steps
        .toReversed()
        .map((step) => step.undo ?? "")
        .join("\n")
    : undefined;
  return {
    ...reportOf(findings),
    steps,
    proof,
    reversible: steps.every(({ reversible }) => reversible !== "no"),
    ...(undo === undefined || undo === "" ? {} : { undo }),
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

function effectFindings(
  effect: Effect,
  { statement, isWrapped }: { statement: Statement; isWrapped: boolean },
): Finding[] {
  const { action, table } = effect;
  const tell = (
    rule: string,
    severity: Finding["severity"],
    message: string,
    fix?: string,
  ): Finding => ({
    rule,
    severity,
    object: table,
    location: statement.location,
    message,
    evidence: short(statement.sql),
    ...(fix === undefined ? {} : { fix }),
  });
  const rule = ACTION_RULES[action];
  const found = rule === undefined ? [] : [rule({ effect, tell, statement })].flat();
  if (action === "CREATE INDEX CONCURRENTLY" && isWrapped) {
    found.push(
      tell(
        "concurrently-in-transaction",
        "error",
        "CONCURRENTLY cannot run inside a transaction block.",
        "Run this statement in a migration without a transaction.",
      ),
    );
  }
  if (effect.work === "rewrite" && action !== "ALTER COLUMN TYPE" && action !== "ADD COLUMN") {
    found.push(
      tell(
        "table-rewrite",
        "error",
        `${action} rewrites ${table} while nobody can read or write it.`,
      ),
    );
  }
  return found;
}

interface Rule {
  effect: Effect;
  statement: Statement;
  tell: (rule: string, severity: Finding["severity"], message: string, fix?: string) => Finding;
}

const ACTION_RULES: Readonly<Record<string, (rule: Rule) => Finding | Finding[]>> = {
  "CREATE INDEX": ({ effect, statement, tell }) =>
    tell(
      "index-blocks-writes",
      "warning",
      `Writes to ${effect.table} wait until the index is built.`,
      `${statement.sql.replace(/\bINDEX\b/i, "INDEX CONCURRENTLY")}; -- outside a transaction`,
    ),
  "ALTER COLUMN TYPE": ({ effect, tell }) => {
    if (effect.work === "none") return [];
    const name = text(effect.detail, "name") ?? "column";
    const type = typeName(child(as(child(effect.detail, "def"), "ColumnDef"), "typeName"));
    return tell(
      "type-change-rewrites",
      "error",
      `Changing the type of ${name} rewrites ${effect.table} and its indexes while nobody can read or write it.`,
      [
        `ALTER TABLE ${effect.table} ADD COLUMN ${name}_new ${type};`,
        `-- keep both in step with a trigger, copy in batches, then swap the names`,
        `ALTER TABLE ${effect.table} RENAME COLUMN ${name} TO ${name}_old;`,
        `ALTER TABLE ${effect.table} RENAME COLUMN ${name}_new TO ${name};`,
      ].join("\n"),
    );
  },
  "SET NOT NULL": ({ effect, tell }) => {
    const name = text(effect.detail, "name") ?? "column";
    return tell(
      "not-null-scan",
      "warning",
      `All of ${effect.table} is read for NULLs while nobody can read or write it.`,
      [
        `ALTER TABLE ${effect.table} ADD CONSTRAINT ${name}_present CHECK (${name} IS NOT NULL) NOT VALID;`,
        `ALTER TABLE ${effect.table} VALIDATE CONSTRAINT ${name}_present; -- in a later transaction`,
        `ALTER TABLE ${effect.table} ALTER COLUMN ${name} SET NOT NULL;`,
        `ALTER TABLE ${effect.table} DROP CONSTRAINT ${name}_present;`,
      ].join("\n"),
    );
  },
  "ADD FOREIGN KEY": ({ effect, statement, tell }) =>
    tell(
      "foreign-key-scan",
      "warning",
      `Writes to ${effect.table} and to the table it points to wait while every row is checked.`,
      twoSteps(effect, statement),
    ),
  "ADD CHECK": ({ effect, statement, tell }) =>
    tell(
      "check-scan",
      "warning",
      `Nobody can read or write ${effect.table} while every row is checked.`,
      twoSteps(effect, statement),
    ),
  "ADD UNIQUE": uniqueRule,
  "ADD PRIMARY KEY": uniqueRule,
  "ADD COLUMN": ({ effect, tell }) => {
    const column = as(child(effect.detail, "def"), "ColumnDef");
    const name = text(column, "colname") ?? "column";
    const kinds = children(column, "constraints").map((one) =>
      text(as(one, "Constraint"), "contype"),
    );
    const found: Finding[] = [];
    if (effect.work === "rewrite") {
      found.push(
        tell(
          "volatile-default-rewrites",
          "error",
          `The value of ${name} is computed for every row, which rewrites ${effect.table} while nobody can read or write it.`,
          `ALTER TABLE ${effect.table} ADD COLUMN ${name} ${typeName(child(column, "typeName"))};\nALTER TABLE ${effect.table} ALTER COLUMN ${name} SET DEFAULT …;\n-- fill old rows in batches`,
        ),
      );
    }
    if (
      kinds.includes("CONSTR_NOTNULL") &&
      !kinds.includes("CONSTR_DEFAULT") &&
      !kinds.includes("CONSTR_IDENTITY")
    ) {
      found.push(
        tell(
          "not-null-without-default",
          "error",
          `The column is NOT NULL and has no default: it fails as soon as ${effect.table} has a row.`,
          "Give it a default, or add it nullable, fill it, then set NOT NULL.",
        ),
      );
    }
    if (kinds.includes("CONSTR_UNIQUE"))
      found.push(
        tell(
          "unique-column-scan",
          "warning",
          `The unique index is built while nobody can read or write ${effect.table}.`,
          "Add the column first, then CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX.",
        ),
      );
    return found;
  },
  "DROP COLUMN": ({ effect, tell }) =>
    tell(
      "drops-column",
      "warning",
      `The data of ${text(effect.detail, "name") ?? "the column"} is gone, and running code that still names it fails at once.`,
      "Release code that no longer uses it first; keep a copy of the data.",
    ),
  "DROP TABLE": ({ effect, tell }) =>
    tell(
      "drops-table",
      "warning",
      `${effect.table} and its data are gone for good.`,
      "Rename it first, and drop it when nobody missed it.",
    ),
  TRUNCATE: ({ effect, tell }) =>
    tell("truncates", "warning", `All rows of ${effect.table} are gone for good.`),
  "RENAME COLUMN": renameRule,
  "RENAME TABLE": renameRule,
  UPDATE: batchRule,
  DELETE: batchRule,
  "DROP INDEX": ({ effect, statement, tell }) =>
    effect.lock === "ACCESS EXCLUSIVE"
      ? tell(
          "drop-index-locks",
          "info",
          "Queries on the table wait for the lock.",
          `${statement.sql.replace(/\bINDEX\b/i, "INDEX CONCURRENTLY")}; -- outside a transaction`,
        )
      : [],
  VACUUM: ({ effect, tell }) =>
    effect.lock === "ACCESS EXCLUSIVE"
      ? tell(
          "vacuum-full",
          "error",
          "VACUUM FULL rewrites the table while nobody can read or write it.",
          "Use VACUUM, or pg_repack.",
        )
      : [],
  "ALTER TYPE ADD VALUE": ({ tell }) =>
    tell(
      "enum-value-stays",
      "info",
      "An enum value cannot be removed again, nor used in the transaction that adds it.",
    ),
};

function uniqueRule({ effect, tell }: Rule): Finding | Finding[] {
  const constraint = as(child(effect.detail, "def"), "Constraint");
  const kind = effect.action.replace("ADD ", "");
  const columns = strings(children(constraint, "keys")).join(", ");
  const name =
    text(constraint, "conname") ?? `${effect.table}_${columns.replaceAll(", ", "_")}_key`;
  return tell(
    "key-builds-index",
    "warning",
    `Nobody can read or write ${effect.table} while the index is built.`,
    `CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${effect.table} (${columns}); -- outside a transaction\nALTER TABLE ${effect.table} ADD CONSTRAINT ${name} ${kind} USING INDEX ${name};`,
  );
}

function renameRule({ effect, tell }: Rule): Finding {
  return tell(
    "rename-breaks-code",
    "warning",
    `Running code that uses the old name of ${effect.table} fails at once.`,
    "Add the new name beside the old one (a view, or a generated column), move the code, then drop the old.",
  );
}

function batchRule({ effect, tell }: Rule): Finding[] {
  if (effect.detail?.["whereClause"] !== undefined) return [];
  return [
    tell(
      "unbatched-change",
      "warning",
      `${effect.action} touches every row of ${effect.table} in one transaction: rows stay locked and the table doubles in size.`,
      "Do it in batches of some thousand rows, each in its own transaction.",
    ),
  ];
}

function twoSteps({ table, detail }: Effect, statement: Statement): string {
  const name = text(as(child(detail, "def"), "Constraint"), "conname");
  const first = `${statement.sql} NOT VALID;`;
  return `${first}\nALTER TABLE ${table} VALIDATE CONSTRAINT ${name ?? "the_constraint"}; -- in a later transaction; reads and writes go on`;
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

async function prove(
  engine: Engine,
  { input, migration, ddl }: { input: MigrationInput; migration: Source; ddl: Source },
): Promise<MigrationAnswer["proof"]> {
  const needs =
    input.ddl === undefined &&
    migration.statements[0] !== undefined &&
    !/^Create/.test(migration.statements[0].type);
  if (needs) return { applies: false, appliedStatements: 0, skipped: [], tried: false };
  let appliedStatements = 0;
  try {
    return await engine.inTransaction(
      [...extensionsOf(ddl), ...extensionsOf(migration)],
      async (db) => {
        await load(db, ddl, { what: "ddl" });
        await openSearchPath(db);
        await fillTables(db, { perTable: input.rows ?? 100, tables: {} });
        const skipped = await load(db, migration, {
          what: "migration",
          onDone: () => void (appliedStatements += 1),
        });
        return { applies: true, appliedStatements, skipped, tried: true };
      },
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "SqlError") throw error;
    const data = "data" in error ? error.data : undefined;
    const at = child(data, "location");
    const location = { line: number(at, "line") ?? 1, column: number(at, "column") ?? 1 };
    return {
      applies: false,
      appliedStatements,
      error: error.message,
      location,
      skipped: [],
      tried: true,
    };
  }
}
