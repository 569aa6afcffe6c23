/** Short words for output schemas. */
export const string = { type: "string" };
export const integer = { type: "integer" };
export const number = { type: "number" };
export const boolean = { type: "boolean" };
export const strings = { type: "array", items: string };

/** An object; names that end with `?` may be absent. */
export function object(properties: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(properties);
  return {
    type: "object",
    properties: Object.fromEntries(
      names.map((name) => [name.replace(/\?$/, ""), properties[name]]),
    ),
    required: names.filter((name) => !name.endsWith("?")),
  };
}

export function list(properties: Record<string, unknown>): Record<string, unknown> {
  return { type: "array", items: object(properties) };
}
