/** Text → an OpenAPI 3.1 document. Older ones are upgraded, so that one form of schema is left. */
import { FlotillaError, messageOf } from "flotilla/protocol";
import { isJson, member, type Json } from "./model.ts";

export const MAX_DOCUMENT_BYTES = 32 * 1024 * 1024;
/** Deeper than any real document, and shallow enough for code that recurses. */
const MAX_DEPTH = 200;

export async function parseDocument(text: string, name: string): Promise<Json> {
  const value = await readText(text, name);
  if (!isJson(value)) throw unusable(name, "it is no object");
  if (isDeep(value)) throw unusable(name, `it is nested deeper than ${MAX_DEPTH} levels`);
  const version = member(value, "openapi") ?? member(value, "swagger");
  if (typeof version !== "string") {
    throw unusable(name, "it says neither openapi nor swagger", "Is this an OpenAPI document?");
  }
  if (/^3\.[12](\.|$)/.test(version)) return value;
  if (!/^(2\.0|3\.0)(\.|$)/.test(version)) {
    throw unusable(name, `its version is ${version}`, "2.0, 3.0, 3.1 and 3.2 are understood.");
  }
  return upgraded(value, name);
}

async function upgraded(value: Json, name: string): Promise<Json> {
  const { upgrade } = await import("@scalar/openapi-upgrader");
  try {
    const document: unknown = upgrade({ ...value }, "3.1");
    if (isJson(document)) return document;
  } catch (error) {
    throw unusable(name, `it cannot be brought to 3.1: ${messageOf(error)}`);
  }
  throw unusable(name, "it cannot be brought to 3.1");
}

async function readText(text: string, name: string): Promise<unknown> {
  if (text.length > MAX_DOCUMENT_BYTES) throw unusable(name, "it is larger than 32 MiB");
  try {
    if (/^\s*\{/.test(text)) return JSON.parse(text);
    const { parse } = await import("yaml");
    return parse(text, { maxAliasCount: 1000, logLevel: "silent" });
  } catch (error) {
    const [why = ""] = messageOf(error).split("\n", 1);
    throw unusable(name, `it is neither JSON nor YAML: ${why.slice(0, 200)}`);
  }
}

function isDeep(root: unknown): boolean {
  let level: unknown[] = [root];
  const seen = new Set<unknown>();
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null || seen.has(value)) continue;
      seen.add(value);
      next.push(...Object.values(value));
    }
    if (next.length === 0) return false;
    level = next;
  }
  return true;
}

export function unusable(name: string, why: string, hint?: string): FlotillaError {
  const options = hint === undefined ? {} : { hint };
  return new FlotillaError("config_invalid", `${name} is not usable: ${why}.`, options);
}
