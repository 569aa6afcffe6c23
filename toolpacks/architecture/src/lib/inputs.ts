/** Pieces of input schemas, and the bounds that go with them. */

export const MAX_FILES = 5_000;
const MAX_FILE_CHARS = 2_000_000;

/** What is wrong with the input, in words for the caller. */
export class InputProblem extends Error {
  override readonly name = "InputProblem";
}

export interface CodeInput {
  files?: Record<string, string>;
  modules?: Record<string, string[]>;
}

const paths = { type: "array", items: { type: "string", maxLength: 500 }, maxItems: 1_000 };

export const codeProperties = {
  files: {
    type: "object",
    description:
      "Source files by relative path: JavaScript and TypeScript, and package.json and tsconfig.json for names and aliases. Nothing is read from disk.",
    additionalProperties: { type: "string", maxLength: MAX_FILE_CHARS },
    minProperties: 1,
    maxProperties: MAX_FILES,
  },
  modules: {
    type: "object",
    description: "Instead of files, for any language: each module with the modules it imports.",
    additionalProperties: paths,
    minProperties: 1,
    maxProperties: MAX_FILES,
  },
};

export const globs = (description: string): Record<string, unknown> => ({
  type: "array",
  items: { type: "string", minLength: 1, maxLength: 300 },
  minItems: 1,
  maxItems: 50,
  description,
});

export const ignoreProperty = {
  type: "array",
  items: { type: "string", maxLength: 100 },
  maxItems: 100,
  description: "Rule ids to leave out.",
};

/** Reads only what it is given and touches nothing else. */
export const PURE = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
} as const;

export const plainObject = (
  properties: Record<string, unknown>,
  required: readonly string[] = [],
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
