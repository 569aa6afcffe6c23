/** One way to ask "does it fit?", whatever the author wrote the schema with. */
import { FlotillaError, isRecord } from "../protocol/index.ts";
import type { JsonSchema } from "../protocol/index.ts";
import type { StandardIssue, StandardSchema } from "./contract.ts";
import { check, isSimple } from "./schema-check.ts";
import type { SchemaProblem } from "./schema-check.ts";

export type Checked<T> = { ok: true; value: T } | { ok: false; problems: SchemaProblem[] };

export interface Schema<T> {
  /** What clients see. */
  readonly json: JsonSchema;
  check(value: unknown): Promise<Checked<T>>;
}

/** The arguments do not fit. Told to the model as a result (MCP server/tools, error handling), never as a wire error. */
export class InputError extends Error {
  readonly problems: readonly SchemaProblem[];
  constructor(tool: string, problems: readonly SchemaProblem[]) {
    const lines = problems.map(
      ({ path, message }) => `- ${path === "" ? "arguments" : path} ${message}`,
    );
    super(`The arguments of ${tool} do not fit:\n${lines.join("\n")}`);
    this.name = "InputError";
    this.problems = problems;
  }
}

export function isStandard(schema: unknown): schema is StandardSchema {
  // ArkType's schemas are functions, so `typeof` alone does not tell.
  const holder = typeof schema === "function" || isRecord(schema) ? schema : {};
  return "~standard" in holder && isRecord(holder["~standard"]);
}

export function schemaOf<T>(
  source: JsonSchema | StandardSchema<unknown, T>,
  side: "input" | "output",
  owner: string,
): Schema<T> {
  return isStandard(source) ? standardSchema(source, side, owner) : jsonSchema(source, owner);
}

function standardSchema<T>(
  source: StandardSchema<unknown, T>,
  side: "input" | "output",
  owner: string,
): Schema<T> {
  const standard = source["~standard"];
  const made = standard.jsonSchema?.[side]({ target: "draft-2020-12" });
  if (made === undefined) {
    throw new FlotillaError(
      "config_invalid",
      `The ${side} schema of ${owner} cannot say its JSON Schema.`,
      {
        hint: `Use a newer ${standard.vendor}, or give the JSON Schema itself.`,
      },
    );
  }
  return {
    json: made,
    async check(value) {
      const outcome = await standard.validate(value);
      if (outcome.issues !== undefined)
        return { ok: false, problems: outcome.issues.map(problemOf) };
      return { ok: true, value: outcome.value };
    },
  };
}

function problemOf(issue: StandardIssue): SchemaProblem {
  const keys = (issue.path ?? []).map((part) => (typeof part === "object" ? part.key : part));
  return { path: keys.map((key) => `/${String(key)}`).join(""), message: issue.message };
}

function jsonSchema<T>(json: JsonSchema, owner: string): Schema<T> {
  if (isSimple(json)) {
    return { json, check: (value) => Promise.resolve(settle<T>(value, check(json, value))) };
  }
  let full: Promise<(value: unknown) => SchemaProblem[]> | undefined;
  return {
    json,
    async check(value) {
      full ??= import("./schema-full.ts").then(({ compileFull }) => compileFull(json, owner));
      return settle<T>(value, (await full)(value));
    },
  };
}

function settle<T>(value: unknown, problems: SchemaProblem[]): Checked<T> {
  if (problems.length > 0) return { ok: false, problems };
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- what fits the schema is a T by its author's word
  return { ok: true, value: value as T };
}
