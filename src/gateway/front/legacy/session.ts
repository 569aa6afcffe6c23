import type { JsonRpcId } from "../../../protocol/jsonrpc.ts";
import type { LogLevel } from "../../../protocol/meta.ts";
import type { ClientContext, Endpoint } from "../../call.ts";
import type { Asks } from "./interact-asks.ts";
import type { SessionStreams } from "./streams.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** What a legacy client may rely on between its requests. */
export interface Session {
  readonly id: string;
  /** Its name between gateways and in the store; the id is what a client holds. */
  readonly key: string;
  /** Where it was opened. It is not known anywhere else: one worker's session opens no door to another. */
  readonly endpoint: Endpoint;
  readonly transport: "streamable-http" | "sse";
  /** As negotiated by `initialize`; before that, as the transport implies. */
  client: ClientContext;
  initialized: boolean;
  /** Least severe log messages the client gets; until it says so, those a person would want to see. */
  logLevel: LogLevel;
  /** Calls under way, by the client's id. */
  readonly calls: Map<JsonRpcId, LegacyCall>;
  /** Questions of workers that the client has not answered yet. */
  readonly asks: Asks;
  readonly streams: SessionStreams;
  /** Another gateway, which holds the client's newest standing stream: changes are told there. */
  standingAt?: string | undefined;
  readonly subscriptions: Subscriptions;
}

export interface LegacyCall {
  /** The client cancelled: abort inward, and say nothing more about it. */
  cancel(): void;
}

export type SessionSeed = Pick<Session, "endpoint" | "transport" | "client" | "initialized">;

export const DEFAULT_LOG_LEVEL: LogLevel = "info";
