/** A schema as its effect: `allOf` folded in, nullability of 3.0 and 3.1 made one. */
import { at, entriesOf, follow, pointerOf } from "../lib/document.ts";
import type { Bundle, Node } from "../lib/document.ts";
import { typesOf } from "../lib/schemas.ts";
import { dict, isDict, list, strings, text } from "../lib/values.ts";
import type { Dict } from "../lib/values.ts";

export interface SchemaView {
  node: Node;
  /** Empty when any type will do. */
  types: Set<string>;
  properties: Map<string, Node>;
  required: Set<string>;
  values: unknown[] | undefined;
  items: Node | undefined;
  variants: Map<string, Node>;
  closed: boolean;
  /** minLength, maximum, pattern, format and so on. */
  facets: Dict;
}

const FACETS = [
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "multipleOf",
  "uniqueItems",
  "pattern",
  "format",
  "default",
  "readOnly",
  "writeOnly",
];
const MAX_FOLDS = 20;

export function viewOf(bundle: Bundle, start: Node): SchemaView {
  const node = follow(bundle, start) ?? start;
  const view: SchemaView = {
    node,
    types: new Set(),
    properties: new Map(),
    required: new Set(),
    values: undefined,
    items: undefined,
    variants: new Map(),
    closed: false,
    facets: {},
  };
  fold(bundle, view, { node, depth: 0 });
  return view;
}

function fold(
  bundle: Bundle,
  view: SchemaView,
  { node, depth }: { node: Node; depth: number },
): void {
  const schema = dict(node.value);
  for (const type of typesOf(schema)) view.types.add(type);
  if (schema["nullable"] === true && view.types.size > 0) view.types.add("null");
  for (const [name, child] of entriesOf(bundle, at(bundle, node, "properties")))
    view.properties.set(name, child);
  for (const name of strings(schema["required"])) view.required.add(name);
  if (Array.isArray(schema["enum"])) view.values = list(schema["enum"]);
  if ("const" in schema) view.values = [schema["const"]];
  view.items ??= at(bundle, node, "items");
  if (schema["additionalProperties"] === false || schema["unevaluatedProperties"] === false)
    view.closed = true;
  for (const key of FACETS) if (key in schema) view.facets[key] = schema[key];
  for (const key of ["oneOf", "anyOf"]) variants(bundle, view, at(bundle, node, key));
  if (depth >= MAX_FOLDS) return;
  for (const [, part] of entriesOf(bundle, at(bundle, node, "allOf"))) {
    fold(bundle, view, { node: part, depth: depth + 1 });
  }
}

/** A variant that is only null is the type null; others are told apart by what they are called. */
function variants(bundle: Bundle, view: SchemaView, holder: Node | undefined): void {
  for (const [index, child] of entriesOf(bundle, holder)) {
    const schema = dict(child.value);
    if (schema["type"] === "null") view.types.add("null");
    else view.variants.set(variantName(child, index), child);
  }
}

function variantName(node: Node, index: string): string {
  if (node.path[0] === "components") return String(node.path.at(-1));
  const title = text(dict(node.value)["title"]);
  if (title !== undefined) return title;
  const fixed = Object.entries(dict(dict(node.value)["properties"])).find(
    ([, one]) => isDict(one) && ("const" in one || list(one["enum"]).length === 1),
  );
  if (fixed !== undefined)
    return `${fixed[0]}=${JSON.stringify(dict(fixed[1])["const"] ?? dict(fixed[1])["enum"])}`;
  const types = typesOf(dict(node.value)).join("|");
  return types === "" || types === "object" ? `variant ${index}` : types;
}

export function idOf(node: Node): string {
  return `${node.file}#${pointerOf(node.path)}`;
}
