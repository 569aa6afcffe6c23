/**
 * One link's conversation. Which era a request speaks is its own affair (`_meta` says modern); only `initialize`
 * opens a legacy session on the link, so one worker serves both kinds of client without being told.
 */
import {
  MAX_FRAME_ID,
  META,
  MODERN_VERSIONS,
  WIRE,
  WireParseError,
  encodeError,
  encodeNotification,
  encodeResult,
  isFlotillaError,
  isLogLevel,
  isModern,
  isRecord,
  isSupportedModern,
  messageOf,
  parseMessage,
  toWireError,
} from "../protocol/index.ts";
import type {
  JsonRpcId,
  LogLevel,
  MessageLink,
  WireError,
  WireRequest,
} from "../protocol/index.ts";
import { callContext } from "./call-context.ts";
import type { Era } from "./catalog.ts";
import { initialize, methodsOf } from "./methods.ts";
import { RequestError } from "./request-error.ts";
import type { Runtime } from "./runtime.ts";

export interface Session {
  /** Ends listen streams with their result; calls go on. */
  drain(): void;
}

/** Requests running on one link. A peer with more is not waiting for answers any more. */
const MAX_IN_FLIGHT = 4096;

interface State {
  runtime: Runtime;
  link: MessageLink;
  inFlight: Map<JsonRpcId, AbortController>;
  /** Ends one listen stream each. */
  listening: Set<() => void>;
  /** Set by `initialize`. */
  legacy: { version: string; logLevel: LogLevel } | undefined;
}

export function openSession(runtime: Runtime, link: MessageLink): Session {
  const state: State = {
    runtime,
    link,
    inFlight: new Map(),
    listening: new Set(),
    legacy: undefined,
  };
  link.onMessage((text) => receive(state, text));
  return {
    drain() {
      for (const end of state.listening) end();
    },
  };
}

function receive(state: State, text: string): void {
  try {
    const message = parseMessage(text);
    if (message.kind === "request") void answer(state, message);
    else if (message.kind === "notification") notice(state, message.method, message.params);
    // Results and errors answer requests of ours; a worker sends none.
  } catch (error) {
    const bad =
      error instanceof WireParseError ? error : new WireParseError(WIRE.internal, messageOf(error));
    send(state, encodeError(bad.id, { code: bad.code, message: bad.message }));
  }
}

function notice(state: State, method: string, params: Record<string, unknown>): void {
  if (method !== "notifications/cancelled") return;
  const id = params["requestId"];
  if (typeof id !== "string" && typeof id !== "number") return;
  const reason =
    typeof params["reason"] === "string" ? params["reason"] : "cancelled by the client";
  state.inFlight.get(id)?.abort(new Error(reason));
}

async function answer(state: State, request: WireRequest): Promise<void> {
  const { id } = request;
  const cancel = new AbortController();
  try {
    if (state.inFlight.has(id)) {
      throw new RequestError(
        WIRE.invalidRequest,
        "This id is already in use by a running request.",
      );
    }
    if (state.inFlight.size >= MAX_IN_FLIGHT) {
      throw new RequestError(WIRE.internal, "Too many requests are running on this link.");
    }
  } catch (error) {
    return send(state, encodeError(id, wireOf(error)));
  }
  state.inFlight.set(id, cancel);
  try {
    const result = await dispatch(state, request, cancel);
    // Nobody waits for a cancelled request; an answer would only confuse (MCP basic/patterns/cancellation).
    if (!cancel.signal.aborted) sendResult(state, id, result);
  } catch (error) {
    if (!cancel.signal.aborted) send(state, encodeError(id, wireOf(error)));
  } finally {
    state.inFlight.delete(id);
  }
}

async function dispatch(
  state: State,
  request: WireRequest,
  cancel: AbortController,
): Promise<Record<string, unknown>> {
  const { method, params } = request;
  const { worker } = state.runtime;
  if (method === "initialize") {
    const opened = initialize(worker, params);
    state.legacy = { version: opened.version, logLevel: "info" };
    return opened.result;
  }
  const meta = isRecord(params["_meta"]) ? params["_meta"] : {};
  const era = eraOf(state, method, meta);
  if (era === "legacy" && method === "ping") return {};
  if (era === "legacy" && method === "logging/setLevel") return setLevel(state, params["level"]);
  const run = methodsOf(era).get(method);
  if (run === undefined) {
    throw new RequestError(WIRE.methodNotFound, `The method ${method} is not known here.`);
  }
  const logLevel = era === "modern" ? meta[META.logLevel] : state.legacy?.logLevel;
  const notify = (name: string, body: Record<string, unknown>): void =>
    send(state, encodeNotification(name, body));
  return run({
    runtime: state.runtime,
    params,
    era,
    id: request.id,
    signal: cancel.signal,
    notify,
    listening: (end) => {
      state.listening.add(end);
      return () => state.listening.delete(end);
    },
    context: (signal) =>
      callContext({
        callId: state.runtime.newId("call"),
        signal,
        notify,
        progressToken: meta[META.progressToken],
        logLevel: isLogLevel(logLevel) ? logLevel : undefined,
        logger: worker.name,
      }),
  });
}

/** Checks the envelope of a modern request (MCP basic/index, `_meta`). */
function eraOf(state: State, method: string, meta: Record<string, unknown>): Era {
  const version = meta[META.protocolVersion];
  if (version === undefined) {
    // A ping before `initialize` is legal in the legacy era.
    if (state.legacy !== undefined || method === "ping") return "legacy";
    throw new RequestError(
      WIRE.invalidParams,
      `params._meta["${META.protocolVersion}"] is missing. Send it with every request, or open a session with initialize.`,
    );
  }
  if (typeof version !== "string" || !isSupportedModern(version)) {
    if (state.legacy !== undefined && typeof version === "string" && !isModern(version))
      return "legacy";
    const data = { supported: [...MODERN_VERSIONS], requested: version };
    throw new RequestError(
      WIRE.unsupportedVersion,
      `Protocol version ${JSON.stringify(version)} is not spoken here.`,
      data,
    );
  }
  if (!isRecord(meta[META.clientCapabilities])) {
    throw new RequestError(
      WIRE.invalidParams,
      `params._meta["${META.clientCapabilities}"] must be an object.`,
    );
  }
  const level = meta[META.logLevel];
  if (level !== undefined && !isLogLevel(level)) {
    throw new RequestError(WIRE.invalidParams, `params._meta["${META.logLevel}"] is no log level.`);
  }
  return "modern";
}

function setLevel(state: State, level: unknown): Record<string, unknown> {
  if (!isLogLevel(level)) throw new RequestError(WIRE.invalidParams, "The level is no log level.");
  if (state.legacy !== undefined) state.legacy.logLevel = level;
  return {};
}

function wireOf(error: unknown): WireError {
  if (error instanceof RequestError) return error.wire;
  if (isFlotillaError(error)) return toWireError(error);
  return { code: WIRE.internal, message: messageOf(error) };
}

/** A complete result goes without its envelope where the link has a way for that. */
function sendResult(state: State, id: JsonRpcId, result: Record<string, unknown>): void {
  const text = JSON.stringify(result);
  const { link } = state;
  const isPlain =
    link.sendResult !== undefined &&
    typeof id === "number" &&
    id >= 0 &&
    id <= MAX_FRAME_ID &&
    result["resultType"] === "complete";
  if (!isPlain) return send(state, encodeResult(id, { text }));
  void link.sendResult?.(id, text, result["isError"] === true).catch(() => {});
}

/** A closed link has nobody to tell. */
function send(state: State, text: string): void {
  state.link.send(text).catch(() => {});
}
