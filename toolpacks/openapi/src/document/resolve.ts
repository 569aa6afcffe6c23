/** `$ref` inside one document (RFC 6901 pointers). What points elsewhere is refused: nothing else was read. */
import { FlotillaError } from "flotilla/protocol";
import { isJson, textOf, type Json } from "./model.ts";

const MAX_HOPS = 50;

/** The value at a local pointer; undefined when nothing is there. */
export function lookUp(document: Json, reference: string): unknown {
  if (reference === "#") return document;
  if (!reference.startsWith("#/")) {
    throw new FlotillaError("config_invalid", `The reference ${reference} leaves the document.`, {
      hint: "Bundle the document into one file first.",
    });
  }
  let value: unknown = document;
  for (const part of reference.slice(2).split("/")) {
    const key = unescape(part).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** Follows references until something else stands there; its siblings (summary, description) win over the target's. */
export function deref(document: Json, value: unknown): unknown {
  let found = value;
  let beside: Json = {};
  for (let hop = 0; hop < MAX_HOPS; hop += 1) {
    const reference = isJson(found) ? textOf(found["$ref"]) : undefined;
    if (reference === undefined || !isJson(found)) {
      return isJson(found) && Object.keys(beside).length > 0 ? { ...found, ...beside } : found;
    }
    const { $ref: _, ...siblings } = found;
    beside = { ...siblings, ...beside };
    found = lookUp(document, reference);
  }
  return undefined;
}

function unescape(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
