/** `initialize` answered from what discovery says, so that it never wakes a drone. */
import { FlotillaError } from "../../../protocol/errors.ts";
import { encodeError, encodeResult, isRecord } from "../../../protocol/jsonrpc.ts";
import type { WireRequest } from "../../../protocol/jsonrpc.ts";
import { META, TASKS_EXTENSION } from "../../../protocol/meta.ts";
import { negotiateLegacy } from "../../../protocol/versions.ts";
import { toWireError } from "../../../protocol/wire-errors.ts";
import type { ClientContext, Endpoint } from "../../call.ts";
import type { FrontDeps } from "../deps.ts";
import { downgradeError } from "./downgrade.ts";
import { innerCapabilities } from "./interact-capabilities.ts";

export type Initialized =
  | { ok: true; client: ClientContext; text: string }
  /** An encoded JSON-RPC error. */
  | { ok: false; text: string };

export async function initialize(
  deps: FrontDeps,
  endpoint: Endpoint,
  request: WireRequest,
): Promise<Initialized> {
  const client = clientOf(request.params);
  const outcome = await deps.router.handle({
    callId: deps.newId("call"),
    method: "server/discover",
    params: {},
    endpoint,
    client,
    wantsProgress: false,
    signal: new AbortController().signal,
    notify: () => {},
  });
  if (outcome.kind === "error") {
    return { ok: false, text: encodeError(request.id, downgradeError(outcome.error)) };
  }
  const discovered: unknown = JSON.parse(outcome.result.text);
  if (!isRecord(discovered)) {
    const error = new FlotillaError("internal", "Discovery gave no object.");
    return { ok: false, text: encodeError(request.id, toWireError(error)) };
  }
  const result = resultOf(discovered, client.protocolVersion);
  return { ok: true, client, text: encodeResult(request.id, { text: JSON.stringify(result) }) };
}

function clientOf(params: Record<string, unknown>): ClientContext {
  const { capabilities, clientInfo } = params;
  const name = isRecord(clientInfo) ? clientInfo["name"] : undefined;
  const protocolVersion = negotiateLegacy(params["protocolVersion"]);
  const version = isRecord(clientInfo) ? clientInfo["version"] : undefined;
  return {
    era: "legacy",
    protocolVersion,
    principal: "local",
    capabilities: isRecord(capabilities) ? innerCapabilities(protocolVersion, capabilities) : {},
    ...(typeof name === "string" && typeof version === "string" ? { info: { name, version } } : {}),
  };
}

function resultOf(
  discovered: Record<string, unknown>,
  protocolVersion: string,
): Record<string, unknown> {
  const meta = isRecord(discovered["_meta"]) ? discovered["_meta"] : {};
  const { instructions } = discovered;
  return {
    protocolVersion,
    capabilities: legacyCapabilities(discovered["capabilities"]),
    // Required in this era, optional in the modern one.
    serverInfo: meta[META.serverInfo] ?? { name: "flotilla", version: "0" },
    ...(typeof instructions === "string" ? { instructions } : {}),
  };
}

/** Tasks of the modern extension and of 2025-11-25 differ on the wire: neither is offered to legacy clients. */
function legacyCapabilities(value: unknown): Record<string, unknown> {
  if (!isRecord(value)) return {};
  const { extensions, ...core } = value;
  if (!isRecord(extensions)) return core;
  const { [TASKS_EXTENSION]: _, ...others } = extensions;
  return Object.keys(others).length > 0 ? { ...core, extensions: others } : core;
}
