/** What each action of a migration does to people who use the table meanwhile, and how to do it without hurting them. */
import { as, child, children, strings, text } from "../lib/ast.ts";
import type { Finding } from "flotilla/worker/review";
import type { Statement } from "../lib/postgres-source.ts";
import { typeName } from "../lib/schema-model.ts";
import { short } from "../lib/text.ts";
import type { Effect } from "./lock-levels.ts";

export function effectFindings(
  effect: Effect,
  { statement, isWrapped }: { statement: Statement; isWrapped: boolean },
): Finding[] {
  const { action, table } = effect;
  const tell: Tell = (rule, [severity, message], fix) => ({
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
        ["error", "CONCURRENTLY cannot run inside a transaction block."],
        "Run this statement in a migration without a transaction.",
      ),
    );
  }
  if (effect.work === "rewrite" && action !== "ALTER COLUMN TYPE" && action !== "ADD COLUMN") {
    found.push(
      tell("table-rewrite", [
        "error",
        `${action} rewrites ${table} while nobody can read or write it.`,
      ]),
    );
  }
  return found;
}

type Tell = (rule: string, what: [Finding["severity"], string], fix?: string) => Finding;

interface Rule {
  effect: Effect;
  statement: Statement;
  tell: Tell;
}

const ACTION_RULES: Readonly<Record<string, (rule: Rule) => Finding | Finding[]>> = {
  "CREATE INDEX": ({ effect, statement, tell }) =>
    tell(
      "index-blocks-writes",
      ["warning", `Writes to ${effect.table} wait until the index is built.`],
      `${statement.sql.replace(/\bINDEX\b/i, "INDEX CONCURRENTLY")}; -- outside a transaction`,
    ),
  "ALTER COLUMN TYPE": ({ effect, tell }) => {
    if (effect.work === "none") return [];
    const name = text(effect.detail, "name") ?? "column";
    const type = typeName(child(as(child(effect.detail, "def"), "ColumnDef"), "typeName"));
    return tell(
      "type-change-rewrites",
      [
        "error",
        `Changing the type of ${name} rewrites ${effect.table} and its indexes while nobody can read or write it.`,
      ],
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
      ["warning", `All of ${effect.table} is read for NULLs while nobody can read or write it.`],
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
      [
        "warning",
        `Writes to ${effect.table} and to the table it points to wait while every row is checked.`,
      ],
      twoSteps(effect, statement),
    ),
  "ADD CHECK": ({ effect, statement, tell }) =>
    tell(
      "check-scan",
      ["warning", `Nobody can read or write ${effect.table} while every row is checked.`],
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
          [
            "error",
            `The value of ${name} is computed for every row, which rewrites ${effect.table} while nobody can read or write it.`,
          ],
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
          [
            "error",
            `The column is NOT NULL and has no default: it fails as soon as ${effect.table} has a row.`,
          ],
          "Give it a default, or add it nullable, fill it, then set NOT NULL.",
        ),
      );
    }
    if (kinds.includes("CONSTR_UNIQUE"))
      found.push(
        tell(
          "unique-column-scan",
          ["warning", `The unique index is built while nobody can read or write ${effect.table}.`],
          "Add the column first, then CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX.",
        ),
      );
    return found;
  },
  "DROP COLUMN": ({ effect, tell }) =>
    tell(
      "drops-column",
      [
        "warning",
        `The data of ${text(effect.detail, "name") ?? "the column"} is gone, and running code that still names it fails at once.`,
      ],
      "Release code that no longer uses it first; keep a copy of the data.",
    ),
  "DROP TABLE": ({ effect, tell }) =>
    tell(
      "drops-table",
      ["warning", `${effect.table} and its data are gone for good.`],
      "Rename it first, and drop it when nobody missed it.",
    ),
  TRUNCATE: ({ effect, tell }) =>
    tell("truncates", ["warning", `All rows of ${effect.table} are gone for good.`]),
  "RENAME COLUMN": renameRule,
  "RENAME TABLE": renameRule,
  UPDATE: batchRule,
  DELETE: batchRule,
  "DROP INDEX": ({ effect, statement, tell }) =>
    effect.lock === "ACCESS EXCLUSIVE"
      ? tell(
          "drop-index-locks",
          ["info", "Queries on the table wait for the lock."],
          `${statement.sql.replace(/\bINDEX\b/i, "INDEX CONCURRENTLY")}; -- outside a transaction`,
        )
      : [],
  VACUUM: ({ effect, tell }) =>
    effect.lock === "ACCESS EXCLUSIVE"
      ? tell(
          "vacuum-full",
          ["error", "VACUUM FULL rewrites the table while nobody can read or write it."],
          "Use VACUUM, or pg_repack.",
        )
      : [],
  "ALTER TYPE ADD VALUE": ({ tell }) =>
    tell("enum-value-stays", [
      "info",
      "An enum value cannot be removed again, nor used in the transaction that adds it.",
    ]),
};

function uniqueRule({ effect, tell }: Rule): Finding | Finding[] {
  const constraint = as(child(effect.detail, "def"), "Constraint");
  const kind = effect.action.replace("ADD ", "");
  const columns = strings(children(constraint, "keys")).join(", ");
  const name =
    text(constraint, "conname") ?? `${effect.table}_${columns.replaceAll(", ", "_")}_key`;
  return tell(
    "key-builds-index",
    ["warning", `Nobody can read or write ${effect.table} while the index is built.`],
    `CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${effect.table} (${columns}); -- outside a transaction\nALTER TABLE ${effect.table} ADD CONSTRAINT ${name} ${kind} USING INDEX ${name};`,
  );
}

function renameRule({ effect, tell }: Rule): Finding {
  return tell(
    "rename-breaks-code",
    ["warning", `Running code that uses the old name of ${effect.table} fails at once.`],
    "Add the new name beside the old one (a view, or a generated column), move the code, then drop the old.",
  );
}

function batchRule({ effect, tell }: Rule): Finding[] {
  if (effect.detail?.["whereClause"] !== undefined) return [];
  return [
    tell(
      "unbatched-change",
      [
        "warning",
        `${effect.action} touches every row of ${effect.table} in one transaction: rows stay locked and the table doubles in size.`,
      ],
      "Do it in batches of some thousand rows, each in its own transaction.",
    ),
  ];
}

function twoSteps({ table, detail }: Effect, statement: Statement): string {
  const name = text(as(child(detail, "def"), "Constraint"), "conname");
  const first = `${statement.sql} NOT VALID;`;
  return `${first}\nALTER TABLE ${table} VALIDATE CONSTRAINT ${name ?? "the_constraint"}; -- in a later transaction; reads and writes go on`;
}
