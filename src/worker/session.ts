/**
 * One link's conversation. Which era a request speaks is its own affair (`_meta` says modern); only `initialize`
 * opens a legacy session on the link, so one worker serves both kinds of client without being told.
 */
import {
  MAX_FRAME_ID,
  WIRE,
  WireParseError,
  encodeError,
  encodeNotification,
  encodeResult,
  isRecord,
  messageOf,
  parseMessage,
} from "../protocol/index.ts";
import type { JsonRpcId, MessageLink, WireRequest } from "../protocol/index.ts";
import { createAskDesk } from "./asking/ask-desk.ts";
import type { AskDesk } from "./asking/ask-desk.ts";
import { dispatch, eraOf, wireOf } from "./dispatch.ts";
import type { Exchange, LegacyPeer } from "./dispatch.ts";
import { initialize } from "./methods.ts";
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
  legacy: LegacyPeer | undefined;
  /** Questions that the client has not answered yet. */
  asks: AskDesk;
}

export function openSession(runtime: Runtime, link: MessageLink): Session {
  const state: State = {
    runtime,
    link,
    inFlight: new Map(),
    listening: new Set(),
    legacy: undefined,
    asks: createAskDesk(runtime),
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
    else state.asks.answer(message);
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
    const result = await perform(state, request, cancel);
    // Nobody waits for a cancelled request; an answer would only confuse (MCP basic/patterns/cancellation).
    if (!cancel.signal.aborted) sendResult(state, id, result);
  } catch (error) {
    if (!cancel.signal.aborted) send(state, encodeError(id, wireOf(error)));
  } finally {
    state.inFlight.delete(id);
  }
}

async function perform(
  state: State,
  request: WireRequest,
  cancel: AbortController,
): Promise<Record<string, unknown>> {
  const { runtime } = state;
  if (request.method === "initialize") {
    const opened = initialize(runtime.worker, request.params);
    const { capabilities } = request.params;
    state.legacy = {
      version: opened.version,
      capabilities: isRecord(capabilities) ? capabilities : {},
      logLevel: "info",
      ask: state.asks.askBy((text) => send(state, text)),
    };
    return opened.result;
  }
  const exchange: Exchange = {
    runtime,
    request,
    legacy: state.legacy,
    signal: cancel.signal,
    notify: (name, body) => send(state, encodeNotification(name, body)),
    listening: (end) => {
      state.listening.add(end);
      return () => state.listening.delete(end);
    },
  };
  return dispatch(exchange, eraOf(request, state.legacy !== undefined));
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
