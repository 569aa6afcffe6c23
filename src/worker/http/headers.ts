/**
 * Headers that repeat the body, so that what is in between can act without parsing. Whoever does parse must check that
 * both say the same (MCP 2026-07-28, transports, server validation).
 */
import { HEADER, META, NAME_PARAM, decodeHeaderValue, isRecord } from "../../protocol/index.ts";
import type { JsonSchema, WireRequest } from "../../protocol/index.ts";
import type { Worker } from "../contract.ts";
import type { HttpAsk } from "./exchange.ts";

export interface Accepts {
  json: boolean;
  events: boolean;
}

/** Media ranges with `q=0` are refusals; a missing header accepts everything. */
export function readAccept(header: string | undefined): Accepts {
  if (header === undefined) return { json: true, events: true };
  const ranges = header
    .toLowerCase()
    .split(",")
    .map((part) => part.split(";").map((piece) => piece.trim()))
    .filter(([, ...parameters]) => !parameters.some((one) => /^q=0(\.0{0,3})?$/.test(one)))
    .map(([range]) => range ?? "");
  const takes = (...wanted: string[]): boolean => ranges.some((range) => wanted.includes(range));
  return {
    json: takes("application/json", "application/*", "*/*"),
    events: takes("text/event-stream", "text/*", "*/*"),
  };
}

export function isJson(contentType: string | undefined): boolean {
  return contentType?.split(";", 1)[0]?.trim().toLowerCase() === "application/json";
}

/** Why the headers of a modern request do not repeat its body; undefined when they do. */
export function headerProblem(
  worker: Worker,
  request: WireRequest,
  ask: HttpAsk,
): string | undefined {
  const { method, params } = request;
  const meta = isRecord(params["_meta"]) ? params["_meta"] : {};
  const version = ask.header(HEADER.protocolVersion)?.trim();
  if (version === undefined) return "The MCP-Protocol-Version header is missing.";
  if (version !== meta[META.protocolVersion]) {
    return "The MCP-Protocol-Version header differs from the body.";
  }
  const named = ask.header(HEADER.method)?.trim();
  if (named === undefined) return "The Mcp-Method header is missing.";
  if (named !== method) return "The Mcp-Method header differs from the body.";
  return (
    nameProblem(request, ask) ??
    (method === "tools/call" ? paramProblem(worker, params, ask) : undefined)
  );
}

function nameProblem({ method, params }: WireRequest, ask: HttpAsk): string | undefined {
  const key = NAME_PARAM[method];
  const name = key === undefined ? undefined : params[key];
  // A body without the name is refused further in, with a better reason than a header could give.
  if (key === undefined || typeof name !== "string") return undefined;
  const header = ask.header(HEADER.name);
  if (header === undefined) return "The Mcp-Name header is missing.";
  const decoded = decodeHeaderValue(header);
  if (decoded === undefined) return "The Mcp-Name header is not valid base64 of UTF-8.";
  return decoded === name ? undefined : `The Mcp-Name header differs from params.${key}.`;
}

/** Arguments that their schema wants repeated in a header (`x-mcp-header`). */
function paramProblem(
  worker: Worker,
  params: Record<string, unknown>,
  ask: HttpAsk,
): string | undefined {
  const tool = worker.tools.find(({ definition }) => definition.name === params["name"]);
  if (tool === undefined) return undefined;
  const args = isRecord(params["arguments"]) ? params["arguments"] : {};
  for (const { label, path } of labelled(tool.definition.inputSchema)) {
    const value = path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), args);
    const header = ask.header(`${HEADER.paramPrefix}${label.toLowerCase()}`);
    if (value === undefined || value === null) {
      if (header !== undefined) return `The Mcp-Param-${label} header repeats no argument.`;
      continue;
    }
    if (header === undefined) return `The Mcp-Param-${label} header is missing.`;
    const decoded = decodeHeaderValue(header);
    if (decoded === undefined) return `The Mcp-Param-${label} header is not valid base64 of UTF-8.`;
    if (!isSame(decoded, value)) return `The Mcp-Param-${label} header differs from the argument.`;
  }
  return undefined;
}

function isSame(header: string, value: unknown): boolean {
  if (typeof value === "number") return header.trim() !== "" && Number(header) === value;
  return header === String(value);
}

interface Labelled {
  label: string;
  path: readonly string[];
}

/** Schemas nest by hand. */
const MAX_DEPTH = 16;

/** Reached through `properties` alone, as the protocol has it. */
function labelled(schema: JsonSchema, path: readonly string[] = []): Labelled[] {
  const { properties } = schema;
  if (!isRecord(properties) || path.length >= MAX_DEPTH) return [];
  return Object.entries(properties).flatMap(([key, inner]): Labelled[] => {
    if (!isRecord(inner)) return [];
    const label = inner["x-mcp-header"];
    const own = typeof label === "string" ? [{ label, path: [...path, key] }] : [];
    return [...own, ...labelled(inner, [...path, key])];
  });
}
