import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  answered,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import type { PostgresJobs } from "../jobs-postgres.node.ts";
import { sqlText, pathProperty } from "../lib/inputs.ts";
import type { OrPath } from "../lib/inputs.ts";
import { ddlInput, skippedSchema } from "../lib/scratch-input.ts";
import type { MigrationAnswer, MigrationInput } from "../work/migrate.node.ts";

const stepSchema = {
  type: "object",
  properties: {
    sql: { type: "string" },
    location: { type: "object" },
    actions: { type: "array", items: { type: "string" } },
    table: { type: "string" },
    lock: {
      enum: [
        "none",
        "ROW EXCLUSIVE",
        "SHARE UPDATE EXCLUSIVE",
        "SHARE",
        "SHARE ROW EXCLUSIVE",
        "ACCESS EXCLUSIVE",
      ],
    },
    blocks: { type: "string" },
    work: { enum: ["none", "scan", "rewrite"] },
    reversible: { enum: ["yes", "no", "unknown"] },
    undo: { type: "string" },
  },
  required: ["sql", "actions", "lock", "blocks", "work", "reversible"],
};
const proofSchema = {
  type: "object",
  properties: {
    tried: { type: "boolean" },
    applies: { type: "boolean" },
    appliedStatements: { type: "integer" },
    error: { type: "string" },
    location: { type: "object" },
    skipped: skippedSchema,
  },
  required: ["tried", "applies", "appliedStatements"],
};

export function migrationReview(jobs: Jobs<PostgresJobs>): Tool {
  return defineTool<OrPath<MigrationInput, "migration">>({
    name: "migration_review",
    title: "Review a migration",
    description:
      "Reviews a PostgreSQL migration statement by statement: which lock each takes, whether it reads or rewrites the whole table, how to do it safely, whether it can be undone; and proves that it applies by applying it to the given schema, with rows, in a scratch database.",
    input: plainObject({
      path: pathProperty,
      migration: sqlText("The migration's SQL."),
      ddl: {
        ...ddlInput,
        description: "The schema before the migration. Needed to prove that it applies.",
      },
      inTransaction: {
        type: "boolean",
        description: "The migration tool wraps the file in a transaction. Default true.",
      },
      rows: {
        type: "integer",
        minimum: 0,
        maximum: 10_000,
        description: "Made-up rows per table to try it on. Default 100.",
      },
    }),
    output: answerObject(
      {
        steps: { type: "array", items: stepSchema },
        proof: proofSchema,
        reversible: { type: "boolean" },
        undo: { type: "string" },
        ...reportProperties,
      },
      ["steps", "proof", "reversible", ...reportRequired],
    ),
    annotations: PURE,
    timeLimitMs: 45_000,
    maxConcurrent: 4,
    examples: [
      {
        title: "Three changes that stop a busy table",
        arguments: {
          ddl: "CREATE TABLE accounts (id bigint PRIMARY KEY, email text, plan text);\nCREATE TABLE invoices (id bigint PRIMARY KEY, account_id bigint);",
          migration:
            "ALTER TABLE accounts ALTER COLUMN email SET NOT NULL;\nCREATE INDEX invoices_account ON invoices (account_id);\nALTER TABLE invoices ADD CONSTRAINT invoices_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id);",
        },
      },
    ],
    async run(input, { signal, progress }) {
      progress(0, 1, "applying the migration");
      return answered(jobs.run("migration_review", input, signal), (value) =>
        structured(value, textOf(value)),
      );
    },
  });
}

function textOf(answer: MigrationAnswer): string {
  const { proof, steps } = answer;
  const proven = proof.tried
    ? proof.applies
      ? `It applies: ${proof.appliedStatements} statements ran on a scratch database.`
      : `It does not apply: ${proof.error ?? ""}`
    : "Not tried: give the schema before it as ddl.";
  const lines = steps.map(({ location, actions, table, lock, blocks, work, reversible }) => {
    const name = actions.join(" + ") || "other statement";
    const lasts = work === "none" ? "" : `, table ${work}`;
    return `- line ${location.line}: ${name}${table === "" ? "" : ` on ${table}`}: ${lock} (blocks ${blocks}${lasts}), reversible: ${reversible}`;
  });
  return [proven, ...lines.slice(0, 40), summaryOf(answer)].join("\n");
}
