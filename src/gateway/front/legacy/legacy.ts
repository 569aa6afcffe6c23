/**
 * The session eras at the front: 2025-11-25, 2025-06-18, 2025-03-26 over Streamable HTTP, and 2024-11-05 over
 * HTTP+SSE. Inward everything is a modern call.
 */
import { isFlotillaError, messageOf } from "../../../protocol/errors.ts";
import { HEADER } from "../../../protocol/headers.ts";
import type { WireMessage, WireRequest } from "../../../protocol/jsonrpc.ts";
import { HEADERLESS_VERSION, isSupportedLegacy } from "../../../protocol/versions.ts";
import type { Endpoint } from "../../call.ts";
import { readAccept } from "../accept.ts";
import type { Accepts } from "../accept.ts";
import type { FrontDeps } from "../deps.ts";
import type { Answer, HttpCall, Reply } from "../exchange.ts";
import { SSE_KEEP_ALIVE } from "../exchange.ts";
import { ACCEPTED, invalidRequest, notAcceptable, overloaded, shuttingDown } from "../problems.ts";
import { parseBatch } from "./batch.ts";
import { createPostDelivery } from "./delivery.ts";
import { createDispatcher } from "./dispatch.ts";
import type { Dispatcher } from "./dispatch.ts";
import { initialize } from "./initialize.ts";
import { createInteract } from "./interact.ts";
import type { Session } from "./session.ts";
import { createSessionStore } from "./session-store.ts";
import type { SessionStore } from "./session-store.ts";
import { createSseTransport } from "./sse-transport.ts";

export interface LegacyFront {
  post(exchange: LegacyExchange, message: WireMessage): void;
  /** A body that starts with `[`. */
  postBatch(exchange: LegacyExchange, body: string): void;
  get(call: HttpCall, endpoint: Endpoint, reply: Reply): void;
  delete(call: HttpCall, endpoint: Endpoint, reply: Reply): void;
  openSse(call: HttpCall, endpoint: Endpoint, reply: Reply): void;
  postMessages(call: HttpCall, body: string, reply: Reply): void;
  endStreams(): void;
  close(): void;
}

export interface LegacyExchange {
  call: HttpCall;
  reply: Reply;
  endpoint: Endpoint;
}

interface Parts {
  deps: FrontDeps;
  store: SessionStore;
  dispatcher: Dispatcher;
}

export function createLegacyFront(deps: FrontDeps): LegacyFront {
  const store = createSessionStore(deps);
  const keep = (session: Session): Promise<void> => store.keep(session);
  const dispatcher = createDispatcher({ ...deps, keep }, createInteract(deps));
  const parts: Parts = { deps, store, dispatcher };
  const sse = createSseTransport(parts);
  store.onPassed((session, message) => {
    if (session.transport === "sse") sse.receive(session, message);
    else if (message.kind === "notification") dispatcher.notification(session, message);
    else session.asks.answer(message);
  });
  return {
    post: (exchange, message) =>
      guarded(parts, exchange.reply, () => post(parts, exchange, message)),
    postBatch: (exchange, body) =>
      guarded(parts, exchange.reply, () => batch(parts, exchange, body)),
    get: (call, endpoint, reply) =>
      guarded(parts, reply, () => get(parts, { call, endpoint, reply })),
    delete: (call, endpoint, reply) =>
      guarded(parts, reply, () => remove(parts, { call, endpoint, reply })),
    openSse: (call, endpoint, reply) =>
      guarded(parts, reply, () => sse.open({ call, endpoint, reply })),
    postMessages: (call, body, reply) => guarded(parts, reply, () => sse.post(call, body, reply)),
    endStreams: () => store.endStreams(),
    close: () => store.close(),
  };
}

/** A step answers through `reply` itself, or returns the answer. */
type Step = Promise<Answer | undefined>;

function guarded({ deps }: Parts, reply: Reply, step: () => Step): void {
  const run = async (): Promise<void> => {
    try {
      const answer = await step();
      if (answer !== undefined) reply.send(answer);
    } catch (error) {
      if (isFlotillaError(error) && error.retryable) {
        return reply.send(invalidRequest(503, error.message));
      }
      deps.telemetry.log.error("front failed", { reason: messageOf(error) });
      reply.send(invalidRequest(500, "The gateway failed to handle the request."));
    }
  };
  void run();
}

async function post(parts: Parts, exchange: LegacyExchange, message: WireMessage): Step {
  const accepts = readAccept(exchange.call.header("accept"));
  if (!accepts.json || !accepts.sse) return notAcceptable("application/json and text/event-stream");
  if (message.kind === "request" && message.method === "initialize") {
    return openSession(parts, exchange, message);
  }
  const session = await sessionOf(parts, exchange);
  if ("status" in session) return session;
  switch (message.kind) {
    case "notification":
      if (!parts.dispatcher.notification(session, message)) parts.store.pass(session, message);
      return ACCEPTED;
    case "request":
      serve(parts, { ...exchange, session, accepts, isBatch: false }, [message]);
      return undefined;
    default:
      if (!session.asks.answer(message)) parts.store.pass(session, message);
      return ACCEPTED;
  }
}

async function batch(parts: Parts, exchange: LegacyExchange, body: string): Step {
  const accepts = readAccept(exchange.call.header("accept"));
  if (!accepts.json || !accepts.sse) return notAcceptable("application/json and text/event-stream");
  if (exchange.call.header(HEADER.sessionId) === undefined) {
    return invalidRequest(400, "Batches exist only inside a session of version 2025-03-26.");
  }
  const session = await sessionOf(parts, exchange);
  if ("status" in session) return session;
  if (session.client.protocolVersion !== HEADERLESS_VERSION) {
    return invalidRequest(400, `Version ${session.client.protocolVersion} has no batches.`);
  }
  const messages = parseBatch(body, parts.deps.limits);
  if ("status" in messages) return messages;
  const requests: WireRequest[] = [];
  for (const message of messages) {
    if (message.kind === "request") {
      requests.push(message);
      continue;
    }
    const isKnown =
      message.kind === "notification"
        ? parts.dispatcher.notification(session, message)
        : session.asks.answer(message);
    if (!isKnown) parts.store.pass(session, message);
  }
  if (requests.length === 0) return ACCEPTED;
  serve(parts, { ...exchange, session, accepts, isBatch: true }, requests);
  return undefined;
}

async function openSession(parts: Parts, exchange: LegacyExchange, request: WireRequest): Step {
  const { deps, store } = parts;
  if (deps.load.draining) return shuttingDown();
  const opened = await initialize(deps, exchange.endpoint, request);
  if (!opened.ok) return { status: 200, body: opened.text };
  const session = await store.open({
    endpoint: exchange.endpoint,
    transport: "streamable-http",
    client: opened.client,
    initialized: false,
  });
  if (session === undefined) return overloaded("sessions", request.id);
  return { status: 200, body: opened.text, headers: { [HEADER.sessionId]: session.id } };
}

function serve(
  parts: Parts,
  options: LegacyExchange & { session: Session; accepts: Accepts; isBatch: boolean },
  requests: WireRequest[],
): void {
  const delivery = createPostDelivery({
    ...options,
    expected: requests.length,
    ...(requests.length === 1 && requests[0] !== undefined ? { about: requests[0].id } : {}),
    onDone: () => stopBeat(),
  });
  const stopBeat = parts.deps.pulse.add(delivery.beat);
  options.call.onGone(() => {
    stopBeat();
    delivery.lose();
  });
  for (const request of requests) parts.dispatcher.request(options.session, request, delivery);
}

async function get(parts: Parts, exchange: LegacyExchange): Step {
  const { call, reply } = exchange;
  if (!readAccept(call.header("accept")).sse) return notAcceptable("text/event-stream");
  const session = await sessionOf(parts, exchange);
  if ("status" in session) return session;
  if (parts.deps.load.draining) return shuttingDown();
  const lastEventId = call.header(HEADER.lastEventId);
  if (!session.streams.hasRoom(lastEventId)) {
    return invalidRequest(409, "The session has all the event streams it may have.");
  }
  const sink = reply.stream();
  // Headers and first bytes go out at once, or the client would wait for the first event to know that it is connected.
  sink.write(SSE_KEEP_ALIVE);
  call.onGone(parts.store.attach(session, sink, lastEventId));
  return undefined;
}

async function remove(parts: Parts, exchange: LegacyExchange): Step {
  const session = await sessionOf(parts, exchange);
  if ("status" in session) return session;
  await parts.store.remove(session);
  return { status: 204, body: "" };
}

/** The session a request names, or why there is none. */
async function sessionOf(
  { store }: Parts,
  { call, endpoint }: LegacyExchange,
): Promise<Session | Answer> {
  const version = call.header(HEADER.protocolVersion)?.trim();
  if (version !== undefined && !isSupportedLegacy(version)) {
    return invalidRequest(400, `MCP-Protocol-Version ${version.slice(0, 32)} is not supported.`);
  }
  const id = call.header(HEADER.sessionId);
  if (id === undefined) {
    return invalidRequest(
      400,
      "The Mcp-Session-Id header is missing. Send initialize first, or speak 2026-07-28.",
    );
  }
  const session = await store.find(id, { endpoint, transport: "streamable-http" });
  return session ?? invalidRequest(404, "The session is unknown or over. Send initialize again.");
}
