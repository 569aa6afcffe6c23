/** Pieces of schemas that several tools of this pack share. */

export const ruleCodes = (description: string) => ({
  type: "array",
  items: { type: "string", pattern: "^[A-Z]{1,8}[0-9]{0,4}$" },
  maxItems: 200,
  description,
});

export const configProperty = {
  enum: ["auto", "none"],
  description: "auto (default): obey [tool.ruff] among the files. none: ignore it.",
};

export const byRuleSchema = {
  type: "array",
  items: {
    type: "object",
    properties: {
      rule: { type: "string" },
      name: { type: "string" },
      count: { type: "integer" },
      fixable: { type: "integer" },
    },
    required: ["rule", "count"],
  },
};

export const patchesSchema = {
  type: "array",
  items: {
    type: "object",
    properties: {
      file: { type: "string" },
      fixes: { type: "integer" },
      patch: { type: "string", description: "A unified diff, for git apply." },
    },
    required: ["file", "fixes"],
  },
};

/** Properties that are numbers, by their names. */
export const numbers = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, { type: "number" }]));

/** An array of objects all of whose properties are there. */
export const listOf = (properties: Record<string, unknown>, description?: string) => ({
  type: "array",
  ...(description === undefined ? {} : { description }),
  items: { type: "object", properties, required: Object.keys(properties) },
});

export const globs = (description: string) => ({
  type: "array",
  items: { type: "string", minLength: 1, maxLength: 300 },
  maxItems: 100,
  description,
});
