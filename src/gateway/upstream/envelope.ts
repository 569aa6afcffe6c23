/** The modern envelope of a request (2026-07-28 basic/index, `_meta`). */
import { isRecord } from "../../protocol/jsonrpc.ts";
import { META } from "../../protocol/meta.ts";

export interface ClientInfo {
  name: string;
  version: string;
}

export interface EnvelopeFacts {
  version: string;
  info: ClientInfo;
  capabilities: Record<string, unknown>;
  logLevel?: string;
}

/** The params with this hop's envelope; what else is in `_meta` (trace context, own keys) travels on. */
export function envelope(
  params: Record<string, unknown>,
  facts: EnvelopeFacts,
): Record<string, unknown> {
  const kept = isRecord(params["_meta"]) ? params["_meta"] : {};
  const meta: Record<string, unknown> = {
    ...kept,
    [META.protocolVersion]: facts.version,
    [META.clientInfo]: facts.info,
    [META.clientCapabilities]: facts.capabilities,
  };
  if (facts.logLevel !== undefined) meta[META.logLevel] = facts.logLevel;
  return { ...params, _meta: meta };
}
