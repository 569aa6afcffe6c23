/** As much of JSON Schema as the tools' schemas use; a keyword it does not know is an error. */

type Schema = Record<string, unknown>;
const KNOWN = [
  "type",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "enum",
  "minimum",
  "maxItems",
  "minLength",
  "maxLength",
  "description",
];

/** What is wrong with `value`; empty when it fits. */
export function misfits(value: unknown, schema: unknown, at = "$"): string[] {
  if (!isSchema(schema)) return [`${at}: not a schema`];
  const unknown = Object.keys(schema).filter((keyword) => !KNOWN.includes(keyword));
  const wrong = unknown.map((keyword) => `${at}: unknown keyword ${keyword}`);
  if (!hasType(value, schema["type"]))
    return [...wrong, `${at}: not of type ${String(schema["type"])}`];
  const allowed = schema["enum"];
  if (Array.isArray(allowed) && !allowed.includes(value))
    wrong.push(`${at}: not among the allowed`);
  if (Array.isArray(value)) {
    return [
      ...wrong,
      ...value.flatMap((item, index) => misfits(item, schema["items"], `${at}[${index}]`)),
    ];
  }
  return isSchema(value) ? [...wrong, ...misfitMembers(value, schema, at)] : wrong;
}

function misfitMembers(value: Schema, schema: Schema, at: string): string[] {
  const properties = isSchema(schema["properties"]) ? schema["properties"] : {};
  const required: unknown[] = Array.isArray(schema["required"]) ? schema["required"] : [];
  const missing = required.filter((name) => typeof name !== "string" || !(name in value));
  const members = Object.entries(value).flatMap(([name, member]) =>
    name in properties
      ? misfits(member, properties[name], `${at}.${name}`)
      : [`${at}: member ${name} is not described`],
  );
  return [...missing.map((name) => `${at}: ${String(name)} is missing`), ...members];
}

function hasType(value: unknown, type: unknown): boolean {
  if (type === "object") return isSchema(value);
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
