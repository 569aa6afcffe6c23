/** Pieces of schemas that several tools share. */
export const strings = { type: "array", items: { type: "string" } };
export const text = { type: "string" };
export const whole = { type: "integer" };
export const number = { type: "number" };
export const flag = { type: "boolean" };

/** An object of the answer with all its fields required, unless they are named as optional. */
export function shape(
  properties: Record<string, unknown>,
  optional: readonly string[] = [],
): Record<string, unknown> {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, required };
}

export const listOf = (items: unknown): Record<string, unknown> => ({ type: "array", items });

export const scriptsProperty = {
  type: "boolean",
  description: "Run the page's own scripts. They reach nothing but the given files. Default false.",
};
export const colorSchemeProperty = {
  enum: ["light", "dark"],
  description: "prefers-color-scheme. Default light.",
};
