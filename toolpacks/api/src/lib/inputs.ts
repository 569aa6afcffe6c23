/** Pieces of input schemas, and the bounds that go with them. */

/** The largest public documents fit (a few are near 10 MB; those are generated and are cut by area anyway). */
export const MAX_CHARS = 4_000_000;
export const MAX_FILES = 200;

/** One document, or several that refer to each other. */
export interface DocumentInput {
  content?: string;
  files?: Record<string, string>;
  /** The file that is the document. Default: the one that says `openapi` or `asyncapi`. */
  entry?: string;
}

export const documentText = (description: string): Record<string, unknown> => ({
  type: "string",
  description,
  minLength: 1,
  maxLength: MAX_CHARS,
});

export const documentProperties = {
  content: documentText("The document, JSON or YAML."),
  files: {
    type: "object",
    description:
      "Instead of content: files by their relative path, when they $ref each other. Nothing is read from disk or network.",
    additionalProperties: { type: "string", maxLength: MAX_CHARS },
    minProperties: 1,
    maxProperties: MAX_FILES,
  },
  entry: { type: "string", maxLength: 500, description: "Which of the files is the document." },
};

export const ignoreProperty = {
  type: "array",
  items: { type: "string", maxLength: 100 },
  maxItems: 200,
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
