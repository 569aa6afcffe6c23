/** Makes a schema of an OpenAPI document one of JSON Schema 2020-12 that stands alone: references as `$defs`, 3.0 spoken as 3.1. */
import { follow } from "../lib/document.ts";
import type { Bundle, Node } from "../lib/document.ts";
import { dict, isDict, list, strings } from "../lib/values.ts";
import type { Dict } from "../lib/values.ts";
import type { Direction } from "./diff-schema.ts";
import { idOf } from "./schema-view.ts";

const MAPS = new Set(["properties", "patternProperties", "dependentSchemas"]);
const LISTS = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const SINGLES = new Set([
  "items",
  "not",
  "additionalProperties",
  "contains",
  "if",
  "then",
  "else",
  "propertyNames",
  "unevaluatedProperties",
  "unevaluatedItems",
]);
/** Says nothing about what fits, or would change what names mean. */
const DROPPED = new Set([
  "discriminator",
  "xml",
  "externalDocs",
  "example",
  "examples",
  "$id",
  "id",
  "$schema",
  "$anchor",
  "$dynamicAnchor",
  "$defs",
  "definitions",
  "nullable",
]);
const MAX_DEFS = 5_000;

interface Work {
  bundle: Bundle;
  direction: Direction;
  defs: Map<string, { name: string; schema: unknown }>;
}

export function standalone(bundle: Bundle, node: Node, direction: Direction): Dict {
  const work: Work = { bundle, direction, defs: new Map() };
  const schema = convert(work, node);
  const defs = Object.fromEntries(
    [...work.defs.values()].map(({ name, schema: one }) => [name, one]),
  );
  return work.defs.size === 0 ? dict(schema) : { ...dict(schema), $defs: defs };
}

function convert(work: Work, node: Node): unknown {
  if (!isDict(node.value)) return node.value === false ? { not: {} } : {};
  const schema = node.value;
  if (typeof schema["$ref"] === "string") return reference(work, node, schema);
  const result: Dict = {};
  for (const [key, value] of Object.entries(schema)) {
    if (DROPPED.has(key) || key.startsWith("x-")) continue;
    const below = (name: string | number, of: unknown): Node => ({
      file: node.file,
      path: [...node.path, key, name],
      value: of,
    });
    if (MAPS.has(key)) {
      const entries = Object.entries(dict(value)).map(([name, one]) => [
        name,
        convert(work, below(name, one)),
      ]);
      result[key] = Object.fromEntries(entries) as unknown;
    } else if (LISTS.has(key)) {
      result[key] = list(value).map((one, index) => convert(work, below(index, one)));
    } else if (SINGLES.has(key)) {
      result[key] =
        typeof value === "boolean"
          ? value
          : convert(work, { file: node.file, path: [...node.path, key], value });
    } else result[key] = value;
  }
  return spoken(work, schema, result);
}

function reference(work: Work, node: Node, schema: Dict): unknown {
  const target = follow(work.bundle, node);
  // A reference that leads nowhere is openapi_lint's to tell; here anything fits.
  if (target === undefined) return {};
  const id = idOf(target);
  let known = work.defs.get(id);
  if (known === undefined) {
    if (work.defs.size >= MAX_DEFS) return {};
    known = { name: `d${work.defs.size}`, schema: {} };
    work.defs.set(id, known);
    known.schema = convert(work, target);
  }
  const $ref = `#/$defs/${known.name}`;
  return schema["nullable"] === true ? { anyOf: [{ $ref }, { type: "null" }] } : { $ref };
}

/** 3.0's own words, and what only one direction carries. */
function spoken(work: Work, schema: Dict, result: Dict): Dict {
  for (const [flag, limit] of [
    ["exclusiveMinimum", "minimum"],
    ["exclusiveMaximum", "maximum"],
  ] as const) {
    if (typeof result[flag] !== "boolean") continue;
    if (result[flag] && result[limit] !== undefined) {
      result[flag] = result[limit];
      delete result[limit];
    } else delete result[flag];
  }
  if (schema["nullable"] === true && typeof result["type"] === "string") {
    result["type"] = [result["type"], "null"];
    if (Array.isArray(result["enum"]))
      result["enum"] = [...new Set([...list(result["enum"]), null])];
  }
  const required = strings(schema["required"]);
  if (required.length > 0) {
    const left = work.direction === "request" ? "readOnly" : "writeOnly";
    const properties = dict(schema["properties"]);
    result["required"] = required.filter((name) => {
      const property = follow(work.bundle, {
        file: work.bundle.root.file,
        path: [],
        value: properties[name],
      });
      return dict(property?.value)[left] !== true;
    });
  } else delete result["required"];
  return result;
}
