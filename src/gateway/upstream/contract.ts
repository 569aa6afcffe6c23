/**
 * One worker as the router talks to it. Two layers: a `Channel` carries JSON-RPC (a pipe or HTTP), an
 * `UpstreamClient` speaks one era over it. Nothing above this folder knows either.
 */
import { FlotillaError } from "../../protocol/errors.ts";
import type { JsonRpcId, RawObject, RawPart, WireError } from "../../protocol/jsonrpc.ts";
import type { LinkClosed } from "../../protocol/link.ts";
import type { CallSignal } from "../call-signal.ts";

export type Notify = (method: string, params: Record<string, unknown>) => void;

/** An answer of the other side: an error here is the worker's own, well-formed JSON-RPC error. */
export type Answer = { kind: "result"; result: RawObject } | { kind: "error"; error: WireError };

/**
 * A question of a legacy worker in the middle of a call. Never rejects; what it resolves with goes back to the worker.
 * `id` is the worker's own for the question.
 */
export type Ask = (
  method: string,
  params: Record<string, unknown>,
  id?: JsonRpcId,
) => Answer | Promise<Answer>;

export interface ChannelRequest {
  method: string;
  params: Record<string, unknown>;
  /** Aborting sends a cancellation and rejects with `call_cancelled`; the late answer is ignored. */
  signal?: CallSignal;
  /** `params.arguments` as it is written already. */
  rawArguments?: RawPart;
  /** Notifications known to belong to this request: by progress token, or by the stream they came on. */
  onNotification?: Notify;
  /** Questions that came on this request's own stream; without it they go to `ChannelEvents.onRequest`. */
  onRequest?: Ask;
  /** Adds a progress token of this hop to `_meta`. */
  progress?: boolean;
  /** The protocol forbids cancelling `initialize`. */
  neverCancel?: boolean;
  /** Headers beyond those every HTTP request gets; a pipe ignores them. */
  headers?: Record<string, string>;
}

/**
 * Carries requests to one drone, many at a time. Rejections are local errors: `drone_lost`, `drone_protocol`,
 * `message_too_large`, `call_cancelled`, `overloaded`; see `wasNotSent` for whether the request can have run.
 */
export interface Channel {
  request(request: ChannelRequest): Promise<Answer>;
  /** Best effort. */
  notify(method: string, params: Record<string, unknown>): Promise<void>;
  /** Resolves once when nothing can pass any more. HTTP channels only close when we close them. */
  readonly closed: Promise<LinkClosed>;
  close(): void;
}

/** What a channel hears outside any request of ours. */
export interface ChannelEvents {
  /** A notification without an owner: list_changed, resource updates, log lines on a shared pipe. */
  onNotification: Notify;
  /** The worker asks us something (legacy only), and it is not known during which call. */
  onRequest: Ask;
}

/** What a worker said about itself at first contact. */
export interface Hello {
  era: "modern" | "legacy";
  protocolVersion: string;
  serverInfo: { name: string; version: string; title?: string };
  capabilities: Record<string, unknown>;
  instructions?: string;
}

export interface UpstreamCall {
  method: string;
  params: Record<string, unknown>;
  /** Forwarded as the client's own. */
  client: {
    principal: string;
    capabilities: Record<string, unknown>;
    info?: { name: string; version: string };
  };
  logLevel?: string;
  wantsProgress: boolean;
  signal: CallSignal;
  /** `params.arguments` as it is written already. */
  rawArguments?: RawPart;
  notify: Notify;
  /** Who answers a legacy worker's questions during this call; without it they are refused. */
  ask?: Ask;
  /** Input schema of the tool called, for `Mcp-Param-*` (Streamable HTTP "Custom headers"). */
  inputSchema?: unknown;
}

/** Change notifications the router wants of a worker; the newest wish replaces the one before. */
export interface Wanted {
  resourceUris: readonly string[];
}

export interface UpstreamClient {
  /** Over HTTP some definitions must be left out (`headersAreValid`). */
  readonly transport: "link" | "http";
  readonly hello: Hello;
  /** The client itself is another process's, which also keeps the worker's catalogue. */
  readonly isForwarded?: true;
  /** In the modern shape, whatever the worker speaks. Rejects like `Channel.request`. */
  call(call: UpstreamCall): Promise<Answer>;
  /** Level-based and best effort: makes the worker's subscriptions equal to these. */
  want(wanted: Wanted): void;
  readonly closed: Promise<LinkClosed>;
  close(): void;
}

/** A request that provably never reached the worker, so that sending it elsewhere cannot run it twice. */
export function notSent(
  code: "drone_lost" | "worker_unavailable" | "overloaded" | "call_cancelled",
  message: string,
  cause?: unknown,
): FlotillaError {
  return new FlotillaError(code, message, { retryable: true, data: { sent: false }, cause });
}

export function wasNotSent(error: unknown): boolean {
  return error instanceof FlotillaError && error.data?.["sent"] === false;
}
