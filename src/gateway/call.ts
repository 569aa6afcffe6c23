/**
 * The inner language of the gateway: modern in shape, whatever the client and the worker speak. The front (ingress,
 * eras, sessions) makes `McpRequest`s; the back (routing, catalogue, placement, channels) answers them. Neither
 * knows the other's wire.
 */
import type { FlotillaError } from "../protocol/errors.ts";
import type { RawObject, RawPart, WireError } from "../protocol/jsonrpc.ts";
import type { CallSignal } from "./call-signal.ts";
import type { DirectoryEntry } from "./cards/directory.ts";

/** `/mcp`, or `/mcp/<name>`: one worker's own endpoint, or a toolset's. Their names never meet. */
export type Endpoint = { kind: "aggregate" } | { kind: "worker"; worker: string };

export interface ClientContext {
  era: "modern" | "legacy";
  protocolVersion: string;
  /** Who the caller is to policy and to caches; "local" until authentication is on. */
  principal: string;
  /** Self-declared, for display only. */
  info?: { name: string; version: string };
  /** Declared on this request (modern) or at `initialize` (legacy). */
  capabilities: Record<string, unknown>;
}

export interface McpRequest {
  /** Ours, for logs and events; not the JSON-RPC id. */
  callId: string;
  /** A modern method: `tools/call`, `tools/list`, `server/discover`, … */
  method: string;
  /**
   * As the client sent them, except that `_meta` has lost what described the hop (`HOP_META`: version, capabilities,
   * client info, log level, progress token), and is absent when nothing else was in it.
   */
  params: Record<string, unknown>;
  /**
   * Questions, by key of `inputRequests`, that a legacy client answered with an error. The modern form has no place for
   * them, so they travel beside `params.inputResponses`, out of a client's reach.
   */
  inputErrors?: Record<string, WireError>;
  endpoint: Endpoint;
  client: ClientContext;
  /**
   * The header `Mcp-Param-<label>` as it came, label in lower case. Present when the client speaks modern HTTP, which has to
   * repeat marked arguments in headers; whoever knows the tool's schema compares them (SEP-2243).
   */
  paramHeader?: (label: string) => string | undefined;
  /** The client asked for log notifications of at least this level on this request. */
  logLevel?: string;
  /** The client asked for progress; the front puts its token back on. */
  wantsProgress: boolean;
  /** Aborted when the client cancelled or went away. */
  signal: CallSignal;
  /** `params.arguments` as the client wrote it, so that it need not be written anew. */
  rawArguments?: RawPart;
  /** Sends a notification that belongs to this request: `notifications/progress` (no token), `notifications/message`. */
  notify(method: string, params: Record<string, unknown>): void;
}

export type McpOutcome =
  /** A complete modern result (`resultType` included). */
  | { kind: "result"; result: RawObject }
  /**
   * The worker asks the client something first (MRTR). Modern fronts pass it on; a legacy front turns it into
   * requests to its client and calls `handle` again with the answers in `params`.
   */
  | { kind: "input_required"; result: RawObject }
  | { kind: "error"; error: WireError; httpStatus?: number; cause?: FlotillaError };

export interface ListenFilter {
  toolsListChanged: boolean;
  promptsListChanged: boolean;
  resourcesListChanged: boolean;
  resourceSubscriptions: string[];
  /** Tasks extension: told by `notifications/tasks`. */
  taskIds?: string[];
}

export interface ListenRequest {
  endpoint: Endpoint;
  client: ClientContext;
  filter: ListenFilter;
  signal: AbortSignal;
  emit(method: string, params: Record<string, unknown>): void;
}

/** The back of the gateway as the front sees it. */
export interface Router {
  /** Never rejects: every failure is an outcome. */
  handle(request: McpRequest): Promise<McpOutcome>;
  /** Emits change notifications that match until `signal` aborts; returns what it really honours. */
  listen(request: ListenRequest): Promise<ListenFilter>;
  /** True when the endpoint names something that exists. */
  knows(endpoint: Endpoint): boolean;
  /** Every endpoint there is, for the public documents about them. Wakes nothing. */
  directory(): readonly DirectoryEntry[];
  /** For `/health`: per worker state, and whether the gateway itself can serve. */
  health(): { ready: boolean; workers: Record<string, { state: string; lastError?: string }> };
}
