/** Pieces of input and output schemas that reviewing tools share. */
import type { JsonSchema } from "../contract.ts";

/** Reads only what it is given and touches nothing else. */
export const PURE = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
} as const;

/** Changes nothing, but asks others over the network: the same question may get another answer. */
export const ASKS_OUTSIDE = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: true,
} as const;

/** An input object: a misspelt field is an error, not a silence. */
export const plainObject = (
  properties: Record<string, unknown>,
  required: readonly string[] = [],
): JsonSchema => ({
  type: "object",
  properties,
  required: [...required],
  additionalProperties: false,
});

/** Output objects stay open: a later version may say more. */
export const answerObject = (
  properties: Record<string, unknown>,
  required: readonly string[],
): JsonSchema => ({ type: "object", properties, required: [...required] });

export const ignoreProperty = {
  type: "array",
  items: { type: "string", maxLength: 100 },
  maxItems: 200,
  description: "Rule ids to leave out.",
};

const locationSchema = {
  type: "object",
  properties: {
    file: { type: "string" },
    line: { type: "integer" },
    column: { type: "integer" },
    endLine: { type: "integer" },
    endColumn: { type: "integer" },
    pointer: { type: "string" },
  },
  required: ["line", "column"],
};

export const findingSchema = {
  type: "object",
  properties: {
    rule: { type: "string" },
    severity: { enum: ["error", "warning", "info"] },
    message: { type: "string" },
    location: locationSchema,
    object: { type: "string" },
    evidence: { type: "string" },
    fix: { type: "string" },
    patch: {
      anyOf: [{ type: "array", items: { type: "object" } }, { type: "string" }],
      description: "JSON Patch (RFC 6902), or a unified diff.",
    },
    reference: { type: "string" },
  },
  required: ["rule", "severity", "message"],
};

/** The properties that `reportOf` fills, for an output schema. */
export const reportProperties = {
  findings: { type: "array", items: findingSchema },
  counts: {
    type: "object",
    properties: {
      error: { type: "integer" },
      warning: { type: "integer" },
      info: { type: "integer" },
    },
    required: ["error", "warning", "info"],
  },
  truncated: { type: "boolean" },
};
export const reportRequired = ["findings", "counts", "truncated"];
