/**
 * The 2024-11-05 transport: a GET whose stream carries everything to the client, and a POST address for what it says.
 * The stream is the session: when it breaks, the session is over.
 */
import { WireParseError, parseMessage } from "../../../protocol/jsonrpc.ts";
import type { WireMessage } from "../../../protocol/jsonrpc.ts";
import type { Endpoint } from "../../call.ts";
import { readAccept } from "../accept.ts";
import type { FrontDeps } from "../deps.ts";
import type { Answer, HttpCall, Reply } from "../exchange.ts";
import {
  invalidRequest,
  notAcceptable,
  overloaded,
  rpcProblem,
  shuttingDown,
} from "../problems.ts";
import { createStandingDelivery } from "./delivery.ts";
import type { Dispatcher } from "./dispatch.ts";
import { initialize } from "./initialize.ts";
import type { Session } from "./session.ts";
import type { SessionStore } from "./session-store.ts";

const FIRST_VERSION = "2024-11-05";

export interface SseTransport {
  open(exchange: { call: HttpCall; endpoint: Endpoint; reply: Reply }): Promise<Answer | undefined>;
  post(call: HttpCall, body: string, reply: Reply): Promise<Answer | undefined>;
  /** A message for a session of this transport that came in elsewhere. */
  receive(session: Session, message: WireMessage): void;
}

interface Parts {
  deps: FrontDeps;
  store: SessionStore;
  dispatcher: Dispatcher;
}

export function createSseTransport(parts: Parts): SseTransport {
  const { deps, store } = parts;
  return {
    async open({ call, endpoint, reply }) {
      if (!readAccept(call.header("accept")).sse) return notAcceptable("text/event-stream");
      if (deps.load.draining) return shuttingDown();
      const session = await store.open({
        endpoint,
        transport: "sse",
        client: {
          era: "legacy",
          protocolVersion: FIRST_VERSION,
          principal: "local",
          capabilities: {},
        },
        initialized: false,
      });
      if (session === undefined) return overloaded("sessions");
      const sink = reply.stream();
      call.onGone(() => store.end(session));
      sink.write(`event: endpoint\ndata: /messages?sessionId=${session.id}\n\n`);
      session.streams.attach(sink, undefined);
      return undefined;
    },
    async post(call, body) {
      const id = new URLSearchParams(call.query).get("sessionId");
      if (id === null)
        return invalidRequest(400, "The sessionId parameter is missing. GET /sse first.");
      const session = await store.find(id, { endpoint: undefined, transport: "sse" });
      if (session === undefined) {
        // The stream is held by one gateway, and this request may have come to another.
        if (await store.passTo(id, body)) return TAKEN;
        return invalidRequest(404, "The session is unknown or over. GET /sse again.");
      }
      try {
        const message = parseMessage(body, { maxBytes: Infinity, maxDepth: deps.limits.maxDepth });
        void receive(parts, session, message);
      } catch (error) {
        if (!(error instanceof WireParseError)) throw error;
        return rpcProblem(400, { code: error.code, message: error.message }, error.id);
      }
      return TAKEN;
    },
    receive: (session, message) => void receive(parts, session, message),
  };
}

const TAKEN: Answer = {
  status: 202,
  body: "Accepted",
  headers: { "content-type": "text/plain" },
};

async function receive(
  { deps, dispatcher }: Parts,
  session: Session,
  message: WireMessage,
): Promise<void> {
  if (message.kind === "notification") {
    dispatcher.notification(session, message);
    if (session.initialized) await session.subscriptions.listen().catch(() => {});
    return;
  }
  if (message.kind !== "request") {
    session.asks.answer(message);
    return;
  }
  if (message.method !== "initialize") {
    dispatcher.request(session, message, createStandingDelivery(session));
    return;
  }
  const opened = await initialize(deps, session.endpoint, message);
  if (opened.ok) session.client = opened.client;
  session.streams.push(opened.text);
}
