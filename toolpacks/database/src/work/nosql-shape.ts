/** What was seen in documents, counted; and the JSON Schema that says it. */
import { isNode } from "../lib/ast.ts";

export interface Shape {
  /** Times a value (of any type) stood here. */
  seen: number;
  /** Times it was an object: what `fields` are counted against. */
  objects: number;
  types: Map<string, number>;
  fields: Map<string, Shape>;
  items: Shape | undefined;
  /** Of arrays. */
  longest: number;
  /** Scalars, as text, up to a bound. */
  values: Set<string>;
  formats: Map<string, number>;
  plainStrings: number;
  minimum: number;
  maximum: number;
}

/** Documents may be hostile: deeper levels are only typed, further fields not told apart. */
const MAX_DEPTH = 24;
const MAX_FIELDS_PER_OBJECT = 2_000;
const MAX_VALUES = 64;
const MAX_ITEMS = 1_000;

export function collect(documents: readonly Record<string, unknown>[]): Shape {
  const root = emptyShape();
  for (const document of documents) add(root, document, 0);
  return root;
}

function emptyShape(): Shape {
  return {
    seen: 0,
    objects: 0,
    types: new Map(),
    fields: new Map(),
    items: undefined,
    longest: 0,
    values: new Set(),
    formats: new Map(),
    plainStrings: 0,
    minimum: Number.POSITIVE_INFINITY,
    maximum: Number.NEGATIVE_INFINITY,
  };
}

function add(shape: Shape, value: unknown, depth: number): void {
  const wrapped = extendedType(value);
  const type = wrapped ?? typeOf(value);
  shape.seen += 1;
  shape.types.set(type, (shape.types.get(type) ?? 0) + 1);
  if (wrapped !== undefined || depth > MAX_DEPTH) return;
  if (Array.isArray(value)) {
    shape.longest = Math.max(shape.longest, value.length);
    shape.items ??= emptyShape();
    for (const item of value.slice(0, MAX_ITEMS)) add(shape.items, item, depth + 1);
    if (isNode(value[0])) shape.items.objects = Math.max(shape.items.objects, 1);
  } else if (isNode(value)) {
    shape.objects += 1;
    for (const [name, inner] of Object.entries(value)) {
      const known = shape.fields.get(name);
      if (known === undefined && shape.fields.size >= MAX_FIELDS_PER_OBJECT) continue;
      const field = known ?? emptyShape();
      shape.fields.set(name, field);
      add(field, inner, depth + 1);
    }
  } else addScalar(shape, value);
}

function addScalar(shape: Shape, value: unknown): void {
  if (shape.values.size < MAX_VALUES) shape.values.add(String(value).slice(0, 80));
  if (typeof value === "number") {
    shape.minimum = Math.min(shape.minimum, value);
    shape.maximum = Math.max(shape.maximum, value);
  } else if (typeof value === "string") {
    const format = formatOf(value);
    if (format === undefined) shape.plainStrings += 1;
    else shape.formats.set(format, (shape.formats.get(format) ?? 0) + 1);
  }
}

/** MongoDB Extended JSON writes types that JSON lacks as one-key objects. */
const EXTENDED: Readonly<Record<string, string>> = {
  $oid: "objectId",
  $date: "date",
  $numberLong: "long",
  $numberDecimal: "decimal",
  $binary: "binary",
  $timestamp: "timestamp",
  $numberInt: "integer",
  $numberDouble: "number",
};
function extendedType(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  const [key, second] = Object.keys(value);
  const isWrapper = key !== undefined && second === undefined && Object.hasOwn(EXTENDED, key);
  return isWrapper ? EXTENDED[key] : undefined;
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** Anchored and without nested repetition, so that no string is slow. */
const FORMATS: readonly (readonly [string, RegExp])[] = [
  ["date-time", /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?$/],
  ["date", /^\d{4}-\d{2}-\d{2}$/],
  ["uuid", /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i],
  ["email", /^[^\s@]{1,64}@[^\s@]{1,190}\.[a-z]{2,24}$/i],
  ["uri", /^https?:\/\/\S{3,2000}$/],
];
function formatOf(value: string): string | undefined {
  return value.length > 2_100 ? undefined : FORMATS.find(([, pattern]) => pattern.test(value))?.[0];
}

const JSON_TYPES: Readonly<Record<string, string>> = {
  objectId: "object",
  date: "object",
  long: "object",
  decimal: "object",
  binary: "object",
  timestamp: "object",
};

export function schemaOf(shape: Shape): Record<string, unknown> {
  const types = [...new Set([...shape.types.keys()].map((type) => JSON_TYPES[type] ?? type))];
  const names = types.includes("number") ? types.filter((type) => type !== "integer") : types;
  const schema: Record<string, unknown> = { type: names.length === 1 ? names[0] : names };
  const bson = [...shape.types.keys()].filter((type) => type in JSON_TYPES);
  if (bson.length > 0) schema["x-bsonType"] = bson.length === 1 ? bson[0] : bson;
  if (shape.fields.size > 0) {
    schema["properties"] = Object.fromEntries(
      [...shape.fields].map(([name, field]) => [name, schemaOf(field)]),
    );
    const required = [...shape.fields]
      .filter(([, field]) => field.seen === shape.objects)
      .map(([name]) => name);
    if (required.length > 0) schema["required"] = required;
  }
  if (shape.items !== undefined && shape.items.seen > 0) schema["items"] = schemaOf(shape.items);
  const [format] = shape.formats.keys();
  if (format !== undefined && shape.formats.size === 1 && shape.plainStrings === 0)
    schema["format"] = format;
  const isClosed =
    shape.values.size > 0 &&
    shape.values.size <= 8 &&
    shape.seen >= 20 &&
    names.length === 1 &&
    names[0] === "string";
  if (isClosed && format === undefined) schema["enum"] = [...shape.values].toSorted();
  return schema;
}
