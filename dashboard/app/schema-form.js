/**
 * A form out of a JSON Schema: one field per property, in the schema's order. What a field cannot show (lists,
 * objects, unions) is edited as JSON. The server validates; this only keeps honest mistakes from being sent.
 */

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {"text" | "number" | "integer" | "boolean" | "choice" | "json"} kind
 * @property {boolean} required
 * @property {string} label
 * @property {string} description
 * @property {unknown} fallback the schema's default, shown and not sent
 * @property {unknown[]} choices
 * @property {boolean} long more than a line is likely
 * @property {string} shape what JSON is expected, in a word
 * @property {number} [minimum]
 * @property {number} [maximum]
 *
 * @typedef {Record<string, string>} Entries what the person typed, by field
 */

/** Words in a name or description that promise several lines. */
const LONG =
  /\b(?:sql|ddl|code|source|schema|query|text|body|content|document|markdown|yaml|json|diff|script|html|css)\b/i;

/** @param {Record<string, any>} schema @returns {Field[]} */
export function fieldsOf(schema) {
  const properties = Object.entries(schema["properties"] ?? {});
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
  return properties.map(([name, raw]) => fieldOf(name, withoutNull(raw), required.has(name)));
}

/** `["string", "null"]` and `anyOf: [X, null]` are X that may be left out. @param {any} raw @returns {Record<string, any>} */
function withoutNull(raw) {
  const schema = typeof raw === "object" && raw !== null ? raw : {};
  const options = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(options)) {
    const real = options.filter((option) => option?.type !== "null");
    if (real.length === 1) return { ...schema, ...real[0], anyOf: undefined, oneOf: undefined };
  }
  if (!Array.isArray(schema["type"])) return schema;
  const types = schema["type"].filter((type) => type !== "null");
  return { ...schema, type: types.length === 1 ? types[0] : undefined };
}

/** @param {string} name @param {Record<string, any>} schema @param {boolean} required @returns {Field} */
function fieldOf(name, schema, required) {
  const kind = kindOf(schema);
  const description = typeof schema["description"] === "string" ? schema["description"] : "";
  return {
    name,
    kind,
    required,
    label: typeof schema["title"] === "string" ? schema["title"] : name,
    description,
    fallback: schema["default"],
    choices: "const" in schema ? [schema["const"]] : (schema["enum"] ?? []),
    long: kind === "text" && isLong(name, schema),
    shape: shapeOf(schema),
    ...(typeof schema["minimum"] === "number" ? { minimum: schema["minimum"] } : {}),
    ...(typeof schema["maximum"] === "number" ? { maximum: schema["maximum"] } : {}),
  };
}

/** @param {Record<string, any>} schema @returns {Field["kind"]} */
function kindOf(schema) {
  if ("const" in schema || Array.isArray(schema["enum"])) return "choice";
  const type = schema["type"];
  if (type === "string") return "text";
  if (type === "number" || type === "integer" || type === "boolean") return type;
  return "json";
}

/** @param {string} name @param {Record<string, any>} schema */
function isLong(name, schema) {
  if (schema["format"] !== undefined) return false;
  const words = name.replaceAll(/([a-z])([A-Z])/g, "$1 $2").replaceAll(/[_-]/g, " ");
  return LONG.test(words) || (schema["maxLength"] ?? 0) > 200;
}

/** @param {Record<string, any>} schema */
function shapeOf(schema) {
  if (schema["type"] === "array") {
    const item = schema["items"]?.type;
    return typeof item === "string" ? `list of ${item}s` : "list";
  }
  return schema["type"] === "object" ? "object" : "any JSON";
}

/**
 * What was typed, as arguments; and by field what is wrong with it.
 * @param {readonly Field[]} fields @param {Entries} entries
 */
export function argumentsOf(fields, entries) {
  /** @type {Record<string, unknown>} */
  const args = {};
  /** @type {Record<string, string>} */
  const faults = {};
  for (const field of fields) {
    const typed = entries[field.name] ?? "";
    // An empty text is nothing said; a tool that wants the empty string is called with JSON.
    if (typed === "") {
      if (field.required) faults[field.name] = "Needed";
      continue;
    }
    try {
      args[field.name] = valueOf(field, typed);
    } catch (error) {
      faults[field.name] = error instanceof Error ? error.message : String(error);
    }
  }
  return { args, faults };
}

/** @param {Field} field @param {string} typed @returns {unknown} */
function valueOf(field, typed) {
  if (field.kind === "text") return typed;
  if (field.kind === "boolean") return typed === "true";
  if (field.kind === "choice") return field.choices[Number(typed)];
  if (field.kind === "json") return parsed(typed, `Expected JSON: ${field.shape}`);
  return number(field, typed);
}

/** @param {Field} field @param {string} typed */
function number(field, typed) {
  const value = Number(typed);
  if (!Number.isFinite(value)) throw new Error("Expected a number");
  if (field.kind === "integer" && !Number.isInteger(value))
    throw new Error("Expected a whole number");
  if (field.minimum !== undefined && value < field.minimum)
    throw new Error(`At least ${field.minimum}`);
  if (field.maximum !== undefined && value > field.maximum)
    throw new Error(`At most ${field.maximum}`);
  return value;
}

/** @param {string} typed @param {string} complaint @returns {unknown} */
function parsed(typed, complaint) {
  try {
    return JSON.parse(typed);
  } catch {
    throw new Error(complaint);
  }
}

/** Whole arguments typed as JSON. @param {string} typed @returns {Record<string, unknown>} */
export function parseArguments(typed) {
  const value = typed.trim() === "" ? {} : parsed(typed, "Expected a JSON object");
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error("Expected a JSON object");
  }
  return { ...value };
}

/** The other way: arguments back into fields. @param {readonly Field[]} fields @param {Record<string, unknown>} args @returns {Entries} */
export function entriesOf(fields, args) {
  /** @type {Entries} */
  const entries = {};
  for (const field of fields) {
    const value = args[field.name];
    if (value === undefined) continue;
    if (field.kind === "choice") entries[field.name] = String(field.choices.indexOf(value));
    else
      entries[field.name] =
        typeof value === "string" && field.kind === "text" ? value : JSON.stringify(value);
  }
  return entries;
}
