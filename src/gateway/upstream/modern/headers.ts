/** The `Mcp-*` headers of a request upstream, generated from its body (basic/transports/streamable-http, SEP-2243). */
import { encodeHeaderValue, HEADER, NAME_PARAM } from "../../../protocol/headers.ts";
import { isRecord } from "../../../protocol/jsonrpc.ts";
import type { UpstreamCall } from "../contract.ts";

/** A tool with more marked arguments than that is not made for headers; the rest travel in the body alone. */
const MAX_PARAM_HEADERS = 64;
const MAX_DEPTH = 8;

export function baseHeaders(version: string, method: string): Record<string, string> {
  return { [HEADER.protocolVersion]: version, [HEADER.method]: method };
}

export function requestHeaders(version: string, call: UpstreamCall): Record<string, string> {
  const headers = baseHeaders(version, call.method);
  const member = NAME_PARAM[call.method];
  const name = member === undefined ? undefined : call.params[member];
  if (typeof name === "string") headers[HEADER.name] = encodeHeaderValue(name);
  if (call.method === "tools/call") addParams(headers, call);
  return headers;
}

function addParams(headers: Record<string, string>, call: UpstreamCall): void {
  const marked = markedProperties(call.inputSchema);
  for (const { header, path } of marked.slice(0, MAX_PARAM_HEADERS)) {
    let value: unknown = call.params["arguments"];
    for (const step of path) value = asObject(value)?.[step];
    if (typeof value === "string" || typeof value === "boolean" || Number.isInteger(value)) {
      headers[`${HEADER.paramPrefix}${header.toLowerCase()}`] = encodeHeaderValue(String(value));
    }
  }
}

export interface Marked {
  header: string;
  path: string[];
}

/** `x-mcp-header` counts only on properties reachable through `properties` alone. */
export function markedProperties(schema: unknown, path: string[] = []): Marked[] {
  const properties = asObject(asObject(schema)?.["properties"]);
  if (properties === undefined || path.length >= MAX_DEPTH) return [];
  return Object.entries(properties).flatMap(([key, property]) => {
    const here = [...path, key];
    const header = asObject(property)?.["x-mcp-header"];
    const own = typeof header === "string" && TOKEN.test(header) ? [{ header, path: here }] : [];
    return [...own, ...markedProperties(property, here)];
  });
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/;
const HEADER_TYPES = new Set(["string", "integer", "boolean"]);

/**
 * False for a tool whose `x-mcp-header` marks break the rules: an HTTP client must leave it out of lists
 * (streamable-http "Custom headers").
 */
export function headersAreValid(schema: unknown): boolean {
  const marks = countMarks(schema, 0);
  if (marks === 0) return true;
  const marked = markedProperties(schema);
  const names = new Set(marked.map(({ header }) => header.toLowerCase()));
  return (
    marked.length === marks &&
    names.size === marks &&
    marked.every(({ path }) => typeOk(schema, path))
  );
}

function typeOk(schema: unknown, path: string[]): boolean {
  let at: unknown = schema;
  for (const step of path) at = asObject(asObject(asObject(at)?.["properties"])?.[step]);
  const type = asObject(at)?.["type"];
  return typeof type === "string" && HEADER_TYPES.has(type);
}

/** Marks anywhere, also where they are forbidden (items, `$defs`, composition). */
function countMarks(node: unknown, depth: number): number {
  if (depth > 32 || typeof node !== "object" || node === null) return 0;
  if (Array.isArray(node))
    return node.reduce<number>((sum, item) => sum + countMarks(item, depth + 1), 0);
  let count = "x-mcp-header" in node ? 1 : 0;
  for (const value of Object.values(node)) count += countMarks(value, depth + 1);
  return count;
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return isRecord(value) ? value : undefined;
}
