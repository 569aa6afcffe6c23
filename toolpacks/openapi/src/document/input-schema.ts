/** An operation's arguments as one JSON Schema 2020-12 object: what it refers to travels along in `$defs`. */
import { isJson, member, textOf, words, type Json, type Operation } from "./model.ts";
import { deref, lookUp } from "./resolve.ts";

/** Schemas that one operation may drag in; beyond, a reference means "anything". */
const MAX_DEFINITIONS = 300;
/** Where keys are names and values are schemas. */
const MAPS = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
]);
const LISTS = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const ONES = new Set(
  words(
    "items additionalProperties not if then else contains propertyNames " +
      "unevaluatedItems unevaluatedProperties contentSchema",
  ),
);
/** Said of servers, documentation or other formats: nothing that an argument is checked by. */
const DROPPED = new Set([
  "discriminator",
  "xml",
  "externalDocs",
  "example",
  "nullable",
  "$id",
  "$schema",
]);
const NUMBERS = new Set(
  words(
    "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength " +
      "minItems maxItems minProperties maxProperties",
  ),
);
const TYPES = new Set(["string", "number", "integer", "boolean", "object", "array", "null"]);
/** Names that would lead around this schema. */
const ANCHORS = new Set(["$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef"]);

export function inputSchemaOf(document: Json, operation: Operation, extra: Json = {}): Json {
  const definitions = new Map<string, { name: string; schema: unknown }>();
  const adapt = adapter(document, definitions);
  const properties: [string, unknown][] = operation.parameters.map((parameter) => [
    parameter.argument,
    described(adapt(parameter.schema), parameter.description),
  ]);
  const required = operation.parameters.filter((one) => one.required).map((one) => one.argument);
  const { body } = operation;
  if (body !== undefined) {
    const note = [body.description, `Sent as ${body.mediaType}.`].filter(
      (one) => one !== undefined,
    );
    properties.push([
      body.argument,
      described(bodySchema(adapt(body.schema), body.mediaType), note.join(" ")),
    ]);
    if (body.required) required.push(body.argument);
  }
  const defs = [...definitions.values()].map(({ name, schema }): [string, unknown] => [
    name,
    schema,
  ]);
  return {
    type: "object",
    properties: { ...Object.fromEntries(properties), ...extra },
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
    ...(defs.length === 0 ? {} : { $defs: Object.fromEntries(defs) }),
  };
}

/** Bytes have no place in JSON: they come as base64. */
function bodySchema(schema: unknown, mediaType: string): unknown {
  if (/json|form|^text\//i.test(mediaType)) return schema;
  return { type: "string", contentEncoding: "base64", description: "The bytes, as base64." };
}

function described(schema: unknown, description: string | undefined): unknown {
  if (description === undefined) return schema;
  const short = description.slice(0, 1000);
  return isJson(schema) ? { ...schema, description: short } : { description: short };
}

function adapter(document: Json, definitions: Map<string, { name: string; schema: unknown }>) {
  const reference = (target: string): Json => {
    const known = definitions.get(target);
    if (known !== undefined) return { $ref: `#/$defs/${known.name}` };
    const found = lookUp(document, target);
    if (found === undefined || definitions.size >= MAX_DEFINITIONS) return {};
    const entry = { name: nameFor(target, definitions), schema: true as unknown };
    // Known before it is walked: schemas may contain themselves.
    definitions.set(target, entry);
    entry.schema = adapt(found);
    return { $ref: `#/$defs/${entry.name}` };
  };
  const adapt = (schema: unknown): unknown => {
    if (typeof schema === "boolean") return schema;
    if (!isJson(schema)) return {};
    const kept = Object.entries(schema).flatMap(([key, value]) => keyword(key, value));
    return Object.fromEntries(writable(document, schema, kept));
  };
  const keyword = (key: string, value: unknown): [string, unknown][] => {
    if (DROPPED.has(key) || ANCHORS.has(key) || key.startsWith("x-")) return [];
    if (key === "$ref") return Object.entries(reference(textOf(value) ?? ""));
    if (MAPS.has(key) && isJson(value)) {
      return [[key, Object.fromEntries(Object.entries(value).map(([k, v]) => [k, adapt(v)]))]];
    }
    if (LISTS.has(key) && Array.isArray(value))
      return value.length === 0 ? [] : [[key, value.map(adapt)]];
    if (ONES.has(key)) return [[key, adapt(value)]];
    return isSound(key, value) ? [[key, value]] : [];
  };
  return adapt;
}

/** What only answers have (`readOnly`) need not be sent, whatever `required` says. */
function writable(document: Json, schema: Json, kept: [string, unknown][]): [string, unknown][] {
  const { properties, required } = schema;
  if (!isJson(properties) || !Array.isArray(required)) return kept;
  const isReadOnly = (name: unknown) =>
    typeof name === "string" &&
    member(deref(document, member(properties, name)), "readOnly") === true;
  const sent = required.filter((name) => typeof name === "string" && !isReadOnly(name));
  return kept.flatMap(([key, value]): [string, unknown][] => {
    if (key !== "required") return [[key, value]];
    return sent.length === 0 ? [] : [[key, sent]];
  });
}

/** A validator refuses a whole schema for one keyword of a wrong kind; documents have them, and mean little by it. */
function isSound(key: string, value: unknown): boolean {
  if (NUMBERS.has(key)) return typeof value === "number";
  if (key === "type") return [value].flat().every((type) => TYPES.has(String(type)));
  if (key === "pattern") return isPattern(value);
  if (key === "required") return Array.isArray(value);
  if (key === "enum") return Array.isArray(value) && value.length > 0;
  return key !== "uniqueItems" || typeof value === "boolean";
}

/** Documents carry patterns of other languages; one that is no pattern here would refuse every call. */
function isPattern(value: unknown): boolean {
  if (typeof value !== "string") return false;
  try {
    return new RegExp(value, "u") instanceof RegExp;
  } catch {
    return false;
  }
}

function nameFor(target: string, definitions: ReadonlyMap<string, { name: string }>): string {
  const last = (target.split("/").at(-1) ?? "").replaceAll(/[^A-Za-z0-9_.-]+/g, "_") || "schema";
  const base = last === "__proto__" ? "schema" : last;
  const taken = new Set([...definitions.values()].map(({ name }) => name));
  if (!taken.has(base)) return base;
  return `${base}_${taken.size}`;
}
