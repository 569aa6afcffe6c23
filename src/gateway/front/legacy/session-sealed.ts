/** A session id that is the session: everything that never changes in it, sealed, so that any gateway can open it. */
import { isRecord } from "../../../protocol/jsonrpc.ts";
import type { Sealer } from "../../../security/index.ts";
import type { ClientContext, Endpoint } from "../../call.ts";
import type { SessionSeed } from "./session.ts";

export interface SealedSession extends SessionSeed {
  key: string;
  /** The gateway that holds the stream which is this session (2024-11-05); empty for others. */
  home: string;
  expiresAtMs: number;
  /** The client's declarations were too large to carry and are in the store. */
  isLarge: boolean;
}

/** Clients send the id with every request, and servers bound headers: larger declarations go into the store. */
const MAX_CLIENT_CHARS = 2_048;

/** Until clients can be told apart there is one. */
const PRINCIPAL = "local";

export async function sealSession(
  sealer: Sealer,
  session: Omit<SealedSession, "isLarge">,
): Promise<{ id: string; isLarge: boolean }> {
  const { endpoint, transport, client, initialized, key, home, expiresAtMs } = session;
  const { era: _era, principal, ...declared } = client;
  const isLarge = JSON.stringify(declared).length > MAX_CLIENT_CHARS;
  const payload = [
    key,
    transport,
    endpoint.kind === "aggregate" ? null : endpoint,
    initialized,
    home,
    isLarge ? null : declared,
  ];
  return { id: await sealer.seal("session", { principal, expiresAtMs }, payload), isLarge };
}

/** Undefined for what is no session of this fleet, not any more, or not this caller's. */
export async function openSealed(sealer: Sealer, id: string): Promise<SealedSession | undefined> {
  const opened = await sealer.open("session", id, { principal: PRINCIPAL });
  if (!opened.ok || !Array.isArray(opened.payload)) return undefined;
  const [key, transport, endpoint, initialized, home, declared]: unknown[] = opened.payload;
  if (typeof key !== "string" || typeof home !== "string") return undefined;
  return {
    key,
    home,
    expiresAtMs: opened.claims.expiresAtMs,
    transport: transport === "sse" ? "sse" : "streamable-http",
    endpoint: endpointOf(endpoint),
    initialized: initialized === true,
    client: clientOf(declared, opened.claims.principal),
    isLarge: declared === null,
  };
}

export function clientOf(declared: unknown, principal: string): ClientContext {
  // Written by `sealSession`, and nobody else has the key.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const rest = declared as Pick<ClientContext, "protocolVersion" | "capabilities" | "info"> | null;
  return { protocolVersion: "", capabilities: {}, ...rest, era: "legacy", principal };
}

function endpointOf(value: unknown): Endpoint {
  // As above.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return isRecord(value) ? (value as unknown as Endpoint) : { kind: "aggregate" };
}
