/**
 * Checks values against the part of JSON Schema 2020-12 that tool inputs are made of. A full validator costs a drone
 * 25 ms and several MB on its first call, and compiles code, which some runtimes forbid; this one interprets. What it
 * does not know is never half-checked: `isSimple` says so and the caller takes the full validator (`schema.ts`).
 */
import { isRecord } from "../protocol/index.ts";
import type { JsonSchema } from "../protocol/index.ts";

export interface SchemaProblem {
  /** JSON Pointer (RFC 6901) into the value; empty for the value itself. */
  path: string;
  message: string;
}

const ANNOTATIONS = [
  "$schema",
  "$id",
  "$comment",
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
];
const CHECKED = [
  "type",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "enum",
  "const",
  "minLength",
  "maxLength",
  "pattern",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "anyOf",
];
const KNOWN = new Set([...ANNOTATIONS, ...CHECKED]);
/** Schemas nest by hand, so this is far above what anyone writes. */
const MAX_SCHEMA_DEPTH = 32;
/** A report of more than this helps nobody. */
const MAX_PROBLEMS = 10;

/** True when every keyword in the schema is one that `check` knows. */
export function isSimple(schema: unknown, depth = 0): boolean {
  if (typeof schema === "boolean") return true;
  if (!isRecord(schema) || depth > MAX_SCHEMA_DEPTH) return false;
  if (Object.keys(schema).some((key) => !KNOWN.has(key))) return false;
  const inner: unknown[] = [];
  const { properties, items, additionalProperties: rest, anyOf, enum: values } = schema;
  if ("pattern" in schema && patternOf(schema) === undefined) return false;
  if (properties !== undefined) {
    if (!isRecord(properties)) return false;
    inner.push(...Object.values(properties));
  }
  if (items !== undefined) inner.push(items);
  if (rest !== undefined) inner.push(rest);
  if (anyOf !== undefined) {
    if (!Array.isArray(anyOf)) return false;
    inner.push(...anyOf);
  }
  // Objects in `enum` and `const` need deep equality: left to the full validator.
  const constants = [...(Array.isArray(values) ? values : []), schema["const"] ?? null];
  if (constants.some((value) => typeof value === "object" && value !== null)) return false;
  return inner.every((one) => isSimple(one, depth + 1));
}

/** What is wrong with `value`, at most ten problems; empty when it fits. Only for schemas that are `isSimple`. */
export function check(schema: JsonSchema | boolean, value: unknown): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  visit(schema, value, { path: "", problems });
  return problems;
}

interface At {
  path: string;
  problems: SchemaProblem[];
}

function visit(schema: unknown, value: unknown, at: At): void {
  if (at.problems.length >= MAX_PROBLEMS || schema === true) return;
  if (!isRecord(schema)) return report(at, "is not allowed");
  if (!hasType(schema["type"], value)) {
    return report(at, `must be ${typeWords(schema["type"])}, but is ${typeOf(value)}`);
  }
  const { enum: values } = schema;
  if (Array.isArray(values) && !values.includes(value)) {
    report(at, `must be one of ${values.map((one) => JSON.stringify(one)).join(", ")}`);
  }
  if ("const" in schema && schema["const"] !== value) {
    report(at, `must be ${JSON.stringify(schema["const"])}`);
  }
  if (Array.isArray(schema["anyOf"])) visitAny(schema["anyOf"], value, at);
  if (typeof value === "string") visitString(schema, value, at);
  else if (typeof value === "number") visitNumber(schema, value, at);
  else if (Array.isArray(value)) visitArray(schema, value, at);
  else if (isRecord(value)) visitObject(schema, value, at);
}

function visitAny(options: readonly unknown[], value: unknown, at: At): void {
  const tried = options.map((option) => {
    const problems: SchemaProblem[] = [];
    visit(option, value, { path: at.path, problems });
    return problems;
  });
  if (tried.some((problems) => problems.length === 0)) return;
  const messages = tried.map((problems) => problems[0]?.message ?? "");
  report(at, `fits none of the allowed forms (${[...new Set(messages)].join("; or ")})`);
}

function visitString(schema: JsonSchema, value: string, at: At): void {
  const { minLength, maxLength } = schema;
  if (patternOf(schema)?.test(value) === false) {
    report(at, `must match ${String(schema["pattern"])}`);
  }
  if (typeof minLength !== "number" && typeof maxLength !== "number") return;
  // JSON Schema counts characters, not UTF-16 units; the exact count only matters near a limit.
  const exact = (): number => codePoints(value);
  if (typeof minLength === "number" && (value.length < minLength || exact() < minLength)) {
    report(
      at,
      minLength === 1 ? "must not be empty" : `must have at least ${minLength} characters`,
    );
  }
  if (typeof maxLength === "number" && value.length > maxLength && exact() > maxLength) {
    report(at, `must have at most ${maxLength} characters, but has ${exact()}`);
  }
}

/** As JSON Schema has it (core 6.4): Unicode, and anywhere in the text. Undefined when it is not one. */
function patternOf({ pattern }: JsonSchema): RegExp | undefined {
  if (typeof pattern !== "string") return undefined;
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
}

function visitNumber(schema: JsonSchema, value: number, at: At): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  if (typeof minimum === "number" && value < minimum) report(at, `must be at least ${minimum}`);
  if (typeof maximum === "number" && value > maximum) report(at, `must be at most ${maximum}`);
  if (typeof exclusiveMinimum === "number" && value <= exclusiveMinimum) {
    report(at, `must be more than ${exclusiveMinimum}`);
  }
  if (typeof exclusiveMaximum === "number" && value >= exclusiveMaximum) {
    report(at, `must be less than ${exclusiveMaximum}`);
  }
}

function visitArray(schema: JsonSchema, value: readonly unknown[], at: At): void {
  const { minItems, maxItems, items } = schema;
  if (typeof minItems === "number" && value.length < minItems) {
    report(at, `must have at least ${minItems} items`);
  }
  if (typeof maxItems === "number" && value.length > maxItems) {
    return report(at, `must have at most ${maxItems} items, but has ${value.length}`);
  }
  if (items === undefined) return;
  for (const [index, one] of value.entries()) {
    if (at.problems.length >= MAX_PROBLEMS) return;
    visit(items, one, { path: `${at.path}/${index}`, problems: at.problems });
  }
}

function visitObject(schema: JsonSchema, value: Record<string, unknown>, at: At): void {
  const { properties, required, additionalProperties: rest, minProperties, maxProperties } = schema;
  const known = isRecord(properties) ? properties : {};
  for (const key of Array.isArray(required) ? required : []) {
    if (typeof key === "string" && !Object.hasOwn(value, key)) report(below(at, key), "is missing");
  }
  const keys = Object.keys(value);
  if (typeof minProperties === "number" && keys.length < minProperties) {
    report(at, `must have at least ${minProperties} properties`);
  }
  if (typeof maxProperties === "number" && keys.length > maxProperties) {
    return report(at, `must have at most ${maxProperties} properties, but has ${keys.length}`);
  }
  for (const key of keys) {
    if (at.problems.length >= MAX_PROBLEMS) return;
    if (Object.hasOwn(known, key)) visit(known[key], value[key], below(at, key));
    else if (rest === false) report(below(at, key), unknownKey(key, Object.keys(known)));
    else if (rest !== undefined) visit(rest, value[key], below(at, key));
  }
}

function unknownKey(key: string, known: readonly string[]): string {
  const lower = key.toLowerCase();
  const near = known.find(
    (one) => one.toLowerCase() === lower || lower.startsWith(one.toLowerCase()),
  );
  if (near !== undefined) return `is not known here; did you mean "${near}"?`;
  return known.length === 0
    ? "is not known here"
    : `is not known here; known are ${known.join(", ")}`;
}

function below(at: At, key: string): At {
  const escaped = key.replaceAll("~", "~0").replaceAll("/", "~1");
  return { path: `${at.path}/${escaped}`, problems: at.problems };
}

function report(at: At, message: string): void {
  if (at.problems.length < MAX_PROBLEMS) at.problems.push({ path: at.path, message });
}

function hasType(wanted: unknown, value: unknown): boolean {
  if (wanted === undefined) return true;
  const types = Array.isArray(wanted) ? wanted : [wanted];
  const is = typeOf(value);
  return types.some((type) => type === is || (type === "number" && is === "integer"));
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function typeWords(wanted: unknown): string {
  const types = (Array.isArray(wanted) ? wanted : [wanted]).map(String);
  const words = types.map((type) => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`));
  return words.join(" or ").replace("a null", "null");
}

function codePoints(value: string): number {
  let count = value.length;
  for (let at = 0; at < value.length - 1; at += 1) {
    const unit = value.charCodeAt(at);
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = value.charCodeAt(at + 1);
    if (next >= 0xdc00 && next <= 0xdfff) {
      count -= 1;
      at += 1;
    }
  }
  return count;
}
