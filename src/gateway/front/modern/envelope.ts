/**
 * The modern request envelope: required `_meta`, and headers that repeat the body so that intermediaries can act without
 * parsing. Whoever does parse must check that both say the same (2026-07-28, transports, server validation).
 */
import { HEADER, NAME_PARAM, decodeHeaderValue } from "../../../protocol/headers.ts";
import { isRecord } from "../../../protocol/jsonrpc.ts";
import type { WireError, WireRequest } from "../../../protocol/jsonrpc.ts";
import { META, isLogLevel } from "../../../protocol/meta.ts";
import type { LogLevel } from "../../../protocol/meta.ts";
import { MODERN_VERSIONS, isModern, isSupportedModern } from "../../../protocol/versions.ts";
import { WIRE } from "../../../protocol/wire-errors.ts";
import type { ClientContext } from "../../call.ts";
import type { HttpCall } from "../exchange.ts";

export type Envelope =
  | { ok: true; client: ClientContext; logLevel: LogLevel | undefined }
  | { ok: false; error: WireError };

/** True when the body claims the modern era, rightly or not. `initialize` needs a claim we could believe. */
export function claimsModern(method: string, params: Record<string, unknown>): boolean {
  const meta = params["_meta"];
  if (!isRecord(meta)) return false;
  const version = meta[META.protocolVersion];
  if (method === "initialize") return typeof version === "string" && isModern(version);
  return version !== undefined || meta[META.clientCapabilities] !== undefined;
}

export function readEnvelope(request: WireRequest, call: HttpCall): Envelope {
  const meta = request.params["_meta"];
  if (!isRecord(meta)) return missing("_meta");
  const version = meta[META.protocolVersion];
  if (typeof version !== "string") return missing(META.protocolVersion);
  const capabilities = meta[META.clientCapabilities];
  if (!isRecord(capabilities)) return missing(META.clientCapabilities);
  const mismatch = checkHeaders(request, version, call);
  if (mismatch !== undefined) return refused(WIRE.headerMismatch, mismatch);
  if (!isSupportedModern(version)) {
    return refused(
      WIRE.unsupportedVersion,
      `Protocol version ${version.slice(0, 32)} is not supported.`,
      {
        supported: MODERN_VERSIONS,
        requested: version,
      },
    );
  }
  const logLevel = meta[META.logLevel];
  if (logLevel !== undefined && !isLogLevel(logLevel)) {
    return refused(WIRE.invalidParams, `_meta["${META.logLevel}"] is not a log level.`);
  }
  const info = clientInfo(meta[META.clientInfo]);
  const client: ClientContext = {
    era: "modern",
    protocolVersion: version,
    principal: "local",
    capabilities,
    ...(info === undefined ? {} : { info }),
  };
  return { ok: true, client, logLevel };
}

/** Why the headers do not repeat the body; undefined when they do. */
function checkHeaders(request: WireRequest, version: string, call: HttpCall): string | undefined {
  const headerVersion = call.header(HEADER.protocolVersion)?.trim();
  if (headerVersion === undefined) return "The MCP-Protocol-Version header is missing.";
  if (headerVersion !== version) return "The MCP-Protocol-Version header differs from the body.";
  const headerMethod = call.header(HEADER.method)?.trim();
  if (headerMethod === undefined) return "The Mcp-Method header is missing.";
  if (headerMethod !== request.method) return "The Mcp-Method header differs from the body.";
  const key = NAME_PARAM[request.method];
  const name = key === undefined ? undefined : request.params[key];
  // A body without the name is refused further in, with a better reason than a header could give.
  if (key === undefined || typeof name !== "string") return undefined;
  const header = call.header(HEADER.name);
  if (header === undefined) return "The Mcp-Name header is missing.";
  // Most names are plain: compare before decoding.
  if (header === name && !header.startsWith("=?")) return undefined;
  const decoded = decodeHeaderValue(header);
  if (decoded === undefined) return "The Mcp-Name header is not valid base64 of UTF-8.";
  return decoded === name ? undefined : `The Mcp-Name header differs from params.${key}.`;
}

function clientInfo(value: unknown): ClientContext["info"] {
  if (!isRecord(value)) return undefined;
  const { name, version } = value;
  return typeof name === "string" && typeof version === "string" ? { name, version } : undefined;
}

const missing = (key: string): Envelope =>
  refused(
    WIRE.invalidParams,
    `The request lacks a valid ${key}, which every modern request carries.`,
  );

const refused = (code: number, message: string, data?: unknown): Envelope => ({
  ok: false,
  error: data === undefined ? { code, message } : { code, message, data },
});
