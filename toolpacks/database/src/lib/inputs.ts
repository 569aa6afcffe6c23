/** Pieces of input schemas, and the bounds that go with them. */

/** A large schema dump fits; a data dump does not. */
export const MAX_SQL_CHARS = 1_000_000;
export const MAX_STATEMENTS = 5_000;

export function sqlText(description: string): Record<string, unknown> {
  return { type: "string", description, minLength: 1, maxLength: MAX_SQL_CHARS };
}

/** Reads only what it is given and touches nothing else. */
export const PURE = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
} as const;

export const plainObject = (
  properties: Record<string, unknown>,
  required: readonly string[],
): Record<string, unknown> => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

/** Output objects stay open: a later version may say more. */
export const answerObject = (
  properties: Record<string, unknown>,
  required: readonly string[],
): Record<string, unknown> => ({ type: "object", properties, required });
