/** Walking the schemas of a document: each once, however often and however circularly it is referred to. */
import { at, entriesOf, follow, pointerOf } from "./document.ts";
import type { Bundle, Node } from "./document.ts";
import { isDict, strings } from "./values.ts";
import type { Dict } from "./values.ts";

export interface SchemaPlace {
  node: Node;
  schema: Dict;
  /** The property it is the schema of; empty at the top and for items. */
  name: string;
}

const GROUPS = ["allOf", "anyOf", "oneOf", "prefixItems"];
const SINGLES = ["items", "not", "additionalProperties", "contains", "if", "then", "else"];
/** Schemas seen in one walk; a document beyond it is cut there. */
const MAX_SCHEMAS = 50_000;

export function walkSchemas(
  bundle: Bundle,
  roots: readonly Node[],
  visit: (place: SchemaPlace) => void,
): void {
  const seen = new Set<string>();
  const waiting: { node: Node; name: string }[] = roots.map((node) => ({ node, name: "" }));
  for (const next of waiting) {
    if (seen.size >= MAX_SCHEMAS) return;
    const node = follow(bundle, next.node);
    if (node === undefined || !isDict(node.value)) continue;
    const id = `${node.file}#${pointerOf(node.path)}`;
    if (seen.has(id)) continue;
    seen.add(id);
    visit({ node, schema: node.value, name: next.name });
    for (const [name, child] of entriesOf(bundle, at(bundle, node, "properties"))) {
      waiting.push({ node: child, name });
    }
    for (const key of GROUPS) {
      for (const [, child] of entriesOf(bundle, at(bundle, node, key))) {
        waiting.push({ node: child, name: next.name });
      }
    }
    for (const key of SINGLES) {
      const child = at(bundle, node, key);
      if (child !== undefined)
        waiting.push({ node: child, name: key === "items" ? next.name : "" });
    }
  }
}

export function typesOf(schema: Dict): string[] {
  const { type } = schema;
  const types = typeof type === "string" ? [type] : strings(type);
  if (types.length > 0) return types;
  if (isDict(schema["properties"])) return ["object"];
  return "items" in schema ? ["array"] : [];
}

/** `Pet.name` for a component's property, else the pointer. */
export function schemaName(node: Node): string {
  const path = node.path.map(String).filter((key) => key !== "properties");
  if (path[0] === "components" && path[1] === "schemas") return path.slice(2).join(".");
  return pointerOf(node.path);
}
