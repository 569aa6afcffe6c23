/** Checks a value against the schema and says each finding in plain words, at its place in the file. */
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { isRecord } from "./draft.ts";
import { didYouMean } from "../text/nearest.ts";
import { normaliseName } from "./names.ts";
import { formatPath, type Path, type Problem } from "./problems.ts";
import { configurationSchema, type JsonSchema } from "./schema.ts";
import type { FlotillaFile } from "./shape.ts";
import type { Source } from "./source.ts";

/** Either the value, now known to have the schema's shape, or what is wrong with it. */
export type Check = (source: Source) => Checked;
export type Checked = { value: FlotillaFile; problems?: undefined } | { problems: Problem[] };

/** Compiling costs some milliseconds: make one and keep it. */
export function createCheck(schema: JsonSchema = configurationSchema): Check {
  const ajv = new Ajv2020({ allErrors: true, verbose: true, allowUnionTypes: true });
  ajv.addVocabulary(["x-expect", "x-expect-one"]);
  const validate = ajv.compile<FlotillaFile>(schema);
  return (source) => {
    const { value } = source;
    if (validate(value)) return { value };
    const errors = withoutEchoes((validate.errors ?? []).filter((error) => !isNoise(error)));
    return { problems: errors.map((error) => explain(error, source)) };
  };
}

/** The branches of `oneOf` repeat what `oneOf` says itself; `propertyNames` is told by its `pattern`. */
function isNoise(error: ErrorObject): boolean {
  return error.schemaPath.includes("/oneOf/") || error.keyword === "propertyNames";
}

/** A misspelt key makes its right spelling missing; only the slip itself is told. */
function withoutEchoes(errors: ErrorObject[]): ErrorObject[] {
  const slips = errors.filter((error) => error.keyword === "additionalProperties");
  const slipped = new Set(slips.map((error) => error.instancePath));
  const echoes = ["oneOf", "dependentRequired"];
  return errors.filter((e) => !(echoes.includes(e.keyword) && slipped.has(e.instancePath)));
}

function explain(error: ErrorObject, source: Source): Problem {
  const { path, part, ...said } = describe(error, pointerToPath(error.instancePath, source.value));
  return { file: source.file, ...source.locate(path, part), path: formatPath(path), ...said };
}

interface Said {
  path: Path;
  part: "key" | "value";
  message: string;
  hint?: string;
}

function describe(error: ErrorObject, path: Path): Said {
  const schema = schemaOf(error);
  const params: Record<string, unknown> = error.params;
  const at = (message: string): Said => ({ path, part: "value", message });
  const key = (name: unknown, message: string): Said => ({
    path: [...path, String(name)],
    part: "key",
    message,
  });
  switch (error.keyword) {
    case "additionalProperties": {
      const said = key(params["additionalProperty"], "unknown key");
      const known = keysOf(schema["properties"]);
      const typed = String(params["additionalProperty"]);
      const hint = didYouMean(typed, known) ?? `Known here: ${known.join(", ")}.`;
      return { ...said, hint };
    }
    case "dependentRequired":
      return key(params["property"], `only makes sense together with ${String(params["deps"])}`);
    case "oneOf":
      return { ...at(`expected ${String(schema["x-expect-one"])}`), part: "key" };
    case "enum": {
      const allowed = [params["allowedValues"]].flat().map(String);
      const hint = typeof error.data === "string" ? didYouMean(error.data, allowed) : undefined;
      const said = at(`expected one of ${allowed.join(", ")}`);
      return hint === undefined ? said : { ...said, hint };
    }
    case "pattern":
      return error.propertyName === undefined ? at(expected(error)) : badName(path, error);
    case "minimum":
    case "maximum":
      return at(outside(schema, params));
    default:
      return at(expected(error));
  }
}

function outside(schema: JsonSchema, { comparison, limit }: Record<string, unknown>): string {
  const said = schema["x-expect"];
  if (typeof said === "string") return `expected ${said}`;
  return `expected ${comparison === ">=" ? "at least" : "at most"} ${String(limit)}`;
}

function badName(path: Path, error: ErrorObject): Said {
  const name = String(error.propertyName);
  const message = "a worker's name has lower-case letters, digits and hyphens, at most 63";
  return { path: [...path, name], part: "key", message, hint: `Try "${normaliseName(name)}".` };
}

const TYPES: Record<string, string> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a group of keys",
  null: "nothing",
};

function expected(error: ErrorObject): string {
  const schema = schemaOf(error);
  const wanted = [schema["type"]].flat().map((type) => TYPES[String(type)] ?? String(type));
  const said = schema["x-expect"];
  const words = typeof said === "string" ? said : wanted.join(" or ");
  const found = TYPES[typeName(error.data)] ?? "something else";
  if (error.keyword === "type") return `expected ${words}, found ${found}`;
  const limit: unknown = memberOf(error.params, "limit");
  if (error.keyword.startsWith("max") && typeof limit === "number")
    return `at most ${limit} are allowed`;
  return `expected ${words}`;
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value;
}

/** RFC 6901; segments that index a list become numbers. */
function pointerToPath(pointer: string, root: unknown): Path {
  const path: (string | number)[] = [];
  let value = root;
  for (const segment of pointer.split("/").slice(1)) {
    const name = segment.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(value) ? Number(name) : name);
    value = memberOf(value, name);
  }
  return path;
}

function schemaOf(error: ErrorObject): JsonSchema {
  return isRecord(error.parentSchema) ? error.parentSchema : {};
}

function keysOf(value: unknown): string[] {
  return isRecord(value) ? Object.keys(value) : [];
}

function memberOf(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value[Number(name)] as unknown;
  return isRecord(value) ? value[name] : undefined;
}
