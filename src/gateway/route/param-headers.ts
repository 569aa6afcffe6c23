/**
 * Whoever parses the body checks that its marked arguments and the `Mcp-Param-*` headers say the same, so that what others
 * decided by the headers alone is what the worker sees (2026-07-28 streamable-http, "Custom headers"; SEP-2243).
 */
import { decodeHeaderValue } from "../../protocol/headers.ts";
import { isRecord, type WireError } from "../../protocol/jsonrpc.ts";
import { WIRE } from "../../protocol/wire-errors.ts";
import type { McpRequest } from "../call.ts";
import { headersAreValid, markedProperties, type Marked } from "../upstream/modern/headers.ts";
import type { Target } from "./forward.ts";

/** The error for a call whose headers and arguments disagree; undefined for every other call. */
export type CheckParamHeaders = (request: McpRequest, target: Target) => WireError | undefined;

const NONE: readonly Marked[] = [];

export function createParamHeaderCheck(): CheckParamHeaders {
  // Schemas stand in the catalogue and are looked through once; nearly all have no marks.
  const known = new WeakMap<object, readonly Marked[]>();
  const marksOf = (schema: Record<string, unknown>): readonly Marked[] => {
    const found = known.get(schema);
    if (found !== undefined) return found;
    // Marks that break the rules bind nobody: HTTP clients leave such a tool out.
    const marks = headersAreValid(schema) ? markedProperties(schema) : NONE;
    known.set(schema, marks);
    return marks;
  };
  return (request, { inputSchema }) => {
    const { paramHeader } = request;
    if (paramHeader === undefined || !isRecord(inputSchema)) return undefined;
    for (const { header, path } of marksOf(inputSchema)) {
      let value: unknown = request.params["arguments"];
      for (const step of path) value = isRecord(value) ? value[step] : undefined;
      if (!agrees(paramHeader(header.toLowerCase()), value)) {
        const message = `The Mcp-Param-${header} header differs from the argument ${path.join(".")}.`;
        return { code: WIRE.headerMismatch, message };
      }
    }
    return undefined;
  };
}

function agrees(header: string | undefined, value: unknown): boolean {
  if (value === undefined || value === null) return header === undefined;
  const given = header === undefined ? undefined : decodeHeaderValue(header);
  if (typeof value === "string" || typeof value === "boolean") return given === String(value);
  // 1.0 and 1 are one integer (streamable-http, server validation).
  if (Number.isInteger(value))
    return given !== undefined && given !== "" && Number(given) === value;
  // Nothing a header could carry: the worker says what is wrong with the argument.
  return true;
}
