/**
 * One codec for JSON-RPC 2.0 as MCP uses it, for both eras and all transports. A message is parsed once; the payload of
 * a result is kept as the text it came in and spliced into the answer, never serialised again.
 */
import { DEFAULT_MAX_DEPTH, RawJsonError, checkDepth, members, oneLine } from "./raw-json.ts";
import { WIRE } from "./wire-errors.ts";

export type JsonRpcId = string | number;

/** JSON text of one object, forwarded as it came. */
export interface RawObject {
  text: string;
  /** What a gateway must know of a result, where somebody has found it out already. */
  facts?: ResultFacts;
}

export interface ResultFacts {
  /** Its `resultType`; "complete" where it has none. */
  type: string;
  /** A tool that ran and says that it failed. */
  isError: boolean;
}

/** A value together with the text it was parsed from. The text stands for this very value, and for no copy of it. */
export interface RawPart {
  value: unknown;
  text: string;
}

export interface WireError {
  code: number;
  message: string;
  data?: unknown;
}

export type WireRequest = {
  kind: "request";
  id: JsonRpcId;
  method: string;
  params: Record<string, unknown>;
  /** The params as they were written; absent when they were. */
  paramsText?: string;
};
export type WireNotification = {
  kind: "notification";
  method: string;
  params: Record<string, unknown>;
};
export type WireMessage =
  | WireRequest
  | WireNotification
  | { kind: "result"; id: JsonRpcId; result: RawObject }
  | { kind: "error"; id: JsonRpcId | null; error: WireError };

export interface WireLimits {
  /** Of the UTF-8 encoding. */
  maxBytes?: number;
  maxDepth?: number;
}

/** A message that cannot be accepted. `code` is what its sender is told; `id` is set when it could be read. */
export class WireParseError extends Error {
  readonly code: number;
  readonly id: JsonRpcId | null;
  constructor(code: number, message: string, id: JsonRpcId | null = null) {
    super(message);
    this.name = "WireParseError";
    this.code = code;
    this.id = id;
  }
}

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
/** A method is a short path; anything longer is an attack on logs and metrics. */
const MAX_METHOD_LENGTH = 256;

/**
 * Reads one message. Throws `WireParseError`, nothing else. Refused: text that is no JSON, arrays (batches are the
 * transport's business), repeated top-level keys, keys named `__proto__` in what is parsed, ids that would not
 * survive a round trip (null, fractions, beyond 2^53).
 */
export function parseMessage(text: string, limits: WireLimits = {}): WireMessage {
  checkSize(text, limits.maxBytes ?? DEFAULT_MAX_BYTES);
  const all = topLevel(text, limits.maxDepth ?? DEFAULT_MAX_DEPTH);
  const id = readId(all.get("id"));
  if (parsed(all.get("jsonrpc") ?? "null", id) !== "2.0") {
    throw new WireParseError(WIRE.invalidRequest, 'The message must say "jsonrpc": "2.0".', id);
  }
  const isCall = all.has("method");
  // What nobody reads must be JSON all the same: a text that others refuse is not ours to accept.
  for (const [key, raw] of all) if (!isRead(key, isCall)) parsed(raw, id);
  if (isCall) return readCall(all, id);
  if (all.has("result") === all.has("error")) {
    throw new WireParseError(
      WIRE.invalidRequest,
      "The message has neither a method nor exactly one of result and error.",
      id,
    );
  }
  const error = all.get("error");
  if (error !== undefined) return { kind: "error", id, error: readError(error, id) };
  if (id === null) throw new WireParseError(WIRE.invalidRequest, "A result needs an id.");
  return { kind: "result", id, result: { text: readResult(all.get("result") ?? "", id) } };
}

export function encodeRequest(
  id: JsonRpcId,
  method: string,
  params: Record<string, unknown>,
): string {
  return requestOf(id, method, JSON.stringify(params));
}

/** As `encodeRequest`, with `params.arguments` as it is written already, if it is still the same value. */
export function encodeRawRequest(
  id: JsonRpcId,
  { method, params, raw }: { method: string; params: Record<string, unknown>; raw: RawPart },
): string {
  if (params["arguments"] !== raw.value) return encodeRequest(id, method, params);
  let text = "";
  for (const key of Object.keys(params)) {
    const value = key === "arguments" ? oneLine(raw.text) : JSON.stringify(params[key]);
    if (value !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${value}`;
  }
  return requestOf(id, method, `{${text}}`);
}

function requestOf(id: JsonRpcId, method: string, params: string): string {
  return `{"jsonrpc":"2.0","id":${encodeId(id)},"method":${JSON.stringify(method)},"params":${params}}`;
}

export function encodeNotification(method: string, params: Record<string, unknown>): string {
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":${JSON.stringify(params)}}`;
}

export function encodeResult(id: JsonRpcId, result: RawObject): string {
  return `{"jsonrpc":"2.0","id":${encodeId(id)},"result":${oneLine(result.text)}}`;
}

export function encodeError(id: JsonRpcId | null, error: WireError): string {
  return `{"jsonrpc":"2.0","id":${id === null ? "null" : encodeId(id)},"error":${JSON.stringify(error)}}`;
}

const encodeId = (id: JsonRpcId): string =>
  typeof id === "number" ? String(id) : JSON.stringify(id);

function checkSize(text: string, maxBytes: number): void {
  // One UTF-16 unit is one to three bytes, so most messages are settled without encoding them.
  if (text.length * 3 <= maxBytes) return;
  if (text.length <= maxBytes && new TextEncoder().encode(text).byteLength <= maxBytes) return;
  throw new WireParseError(WIRE.invalidRequest, `The message is larger than ${maxBytes} bytes.`);
}

function topLevel(text: string, maxDepth: number): Map<string, string> {
  try {
    return members(text, maxDepth);
  } catch (error) {
    if (!(error instanceof RawJsonError)) throw error;
    // JSON that is well formed but not an object (an array, a number) is a bad request, not a parse error.
    const code = error.problem === "syntax" && !isJson(text, maxDepth);
    throw new WireParseError(
      code ? WIRE.parseError : WIRE.invalidRequest,
      error.problem === "syntax" && !code
        ? "The message must be one JSON object."
        : `The message was refused: ${error.message}.`,
    );
  }
}

function isJson(text: string, maxDepth: number): boolean {
  try {
    checkDepth(text, maxDepth);
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isRead(key: string, isCall: boolean): boolean {
  if (key === "jsonrpc" || key === "id") return true;
  return isCall ? key === "method" || key === "params" : key === "result" || key === "error";
}

function readId(raw: string | undefined): JsonRpcId | null {
  if (raw === undefined || raw === "null") return null;
  const id = parsed(raw, null);
  if (typeof id === "string" || (typeof id === "number" && Number.isSafeInteger(id))) return id;
  throw new WireParseError(WIRE.invalidRequest, "The id must be a string or a whole number.");
}

function readCall(all: Map<string, string>, id: JsonRpcId | null): WireMessage {
  const method = parsed(all.get("method") ?? "", id);
  if (typeof method !== "string" || method === "" || method.length > MAX_METHOD_LENGTH) {
    throw new WireParseError(WIRE.invalidRequest, "The method must be a short string.", id);
  }
  const raw = all.get("params");
  const params = raw === undefined ? {} : parsed(raw, id);
  if (!isRecord(params)) {
    throw new WireParseError(WIRE.invalidParams, "The params must be an object.", id);
  }
  if (id !== null) {
    return raw === undefined
      ? { kind: "request", id, method, params }
      : { kind: "request", id, method, params, paramsText: raw };
  }
  if (all.has("id")) {
    throw new WireParseError(WIRE.invalidRequest, "The id must not be null.");
  }
  return { kind: "notification", method, params };
}

function readError(raw: string, id: JsonRpcId | null): WireError {
  const error = parsed(raw, id);
  if (!isRecord(error) || typeof error["code"] !== "number" || !Number.isFinite(error["code"])) {
    throw new WireParseError(WIRE.invalidRequest, "The error needs a numeric code.", id);
  }
  const message = typeof error["message"] === "string" ? error["message"] : "";
  const known = { code: error["code"], message };
  return error["data"] === undefined ? known : { ...known, data: error["data"] };
}

/** Kept as text, but proven to be JSON: it will stand inside a message of ours. */
function readResult(raw: string, id: JsonRpcId): string {
  if (!raw.startsWith("{")) {
    throw new WireParseError(WIRE.invalidRequest, "The result must be an object.", id);
  }
  try {
    JSON.parse(raw);
  } catch {
    throw new WireParseError(WIRE.parseError, "The result is not valid JSON.", id);
  }
  return raw;
}

/**
 * `JSON.parse` itself makes `__proto__` an own property, but the first `target[key] = value` behind it would not, so
 * such keys end here. The search is cheap and the reviver only runs when it finds something.
 */
function parsed(raw: string, id: JsonRpcId | null): unknown {
  try {
    const value: unknown = JSON.parse(raw);
    const mayHideProto = raw.includes("__proto__") || raw.includes("\\u005");
    if (mayHideProto) JSON.parse(raw, refuseProto);
    return value;
  } catch (error) {
    if (error instanceof WireParseError) {
      throw new WireParseError(error.code, error.message, id);
    }
    throw new WireParseError(WIRE.parseError, "The message is not valid JSON.", id);
  }
}

function refuseProto(key: string, value: unknown): unknown {
  if (key !== "__proto__") return value;
  throw new WireParseError(WIRE.invalidRequest, "The key __proto__ is not accepted.");
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
