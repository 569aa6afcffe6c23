/** The stateless era at the front: one POST, one call, nothing remembered. MCP 2026-07-28. */
import { FlotillaError, messageOf } from "../../../protocol/errors.ts";
import { HEADER } from "../../../protocol/headers.ts";
import { encodeError, encodeResult } from "../../../protocol/jsonrpc.ts";
import type { RawPart, WireError, WireMessage, WireRequest } from "../../../protocol/jsonrpc.ts";
import { members } from "../../../protocol/raw-json.ts";
import { WIRE, toWireError } from "../../../protocol/wire-errors.ts";
import type { Endpoint, McpOutcome, McpRequest } from "../../call.ts";
import { createCallAbort } from "../../call-signal.ts";
import { readAccept } from "../accept.ts";
import { progressTokenOf, withoutHopMeta } from "../call-params.ts";
import type { FrontDeps } from "../deps.ts";
import type { HttpCall, Reply } from "../exchange.ts";
import { createNotices } from "../notices.ts";
import {
  ACCEPTED,
  invalidRequest,
  notAcceptable,
  overloaded,
  rpcProblem,
  shuttingDown,
} from "../problems.ts";
import { readEnvelope } from "./envelope.ts";
import type { Envelope } from "./envelope.ts";
import type { ListenDesk } from "./listen.ts";
import { createTurn } from "./turn.ts";
import type { Turn } from "./turn.ts";

/** Methods that the modern era removed; a worker that still has them must not be reached under them. */
const REMOVED: ReadonlySet<string> = new Set([
  "initialize",
  "ping",
  "logging/setLevel",
  "resources/subscribe",
  "resources/unsubscribe",
  "tasks/list",
  "tasks/result",
]);

export interface ModernExchange {
  call: HttpCall;
  reply: Reply;
  endpoint: Endpoint;
}

export function answerModern(
  deps: FrontDeps,
  listens: ListenDesk,
  exchange: ModernExchange & { message: WireMessage },
): void {
  const { call, reply, message } = exchange;
  // Client notifications over HTTP are undefined in this revision; clients send `notifications/cancelled` all the same.
  if (message.kind === "notification") return reply.send(ACCEPTED);
  if (message.kind !== "request") {
    return reply.send(invalidRequest(400, "Modern clients send no responses.", message.id));
  }
  const envelope = readEnvelope(message, call);
  if (!envelope.ok) return reply.send(rpcProblem(400, envelope.error, message.id));
  if (REMOVED.has(message.method)) {
    return reply.send(rpcProblem(404, methodNotFound(message.method), message.id));
  }
  if (message.method === "subscriptions/listen") {
    return listens.open({ ...exchange, message, client: envelope.client });
  }
  forward(deps, exchange, { request: message, envelope });
}

function forward(
  deps: FrontDeps,
  { call, reply, endpoint }: ModernExchange,
  { request, envelope }: { request: WireRequest; envelope: Envelope & { ok: true } },
): void {
  const accepts = readAccept(call.header("accept"));
  if (!accepts.json && !accepts.sse) {
    return reply.send(notAcceptable("application/json and text/event-stream"));
  }
  const abort = createCallAbort();
  const leave = deps.load.enter(() => abort.abort());
  if (leave === undefined) {
    return reply.send(deps.load.draining ? shuttingDown() : overloaded("calls", request.id));
  }
  const turn = createTurn(reply, accepts, deps.limits);
  const token = progressTokenOf(request.params);
  const stopBeat = deps.pulse.add(turn.beat);
  const over = (): void => {
    stopBeat();
    leave();
  };
  // Closing the response stream is how modern clients cancel.
  call.onGone(() => {
    abort.abort();
    over();
  });
  const inner: McpRequest = {
    callId: deps.newId("call"),
    method: request.method,
    params: withoutHopMeta(request.params),
    endpoint,
    client: envelope.client,
    paramHeader: (label) => call.header(`${HEADER.paramPrefix}${label}`),
    ...(envelope.logLevel === undefined ? {} : { logLevel: envelope.logLevel }),
    wantsProgress: token !== undefined,
    signal: abort.signal,
    ...rawArgumentsOf(request),
    notify: createNotices({ token, logLevel: envelope.logLevel, put: turn.notify }),
  };
  const end = (outcome: McpOutcome): void => {
    over();
    finish(turn, request, outcome);
  };
  deps.router.handle(inner).then(end, (error: unknown) => end(routerRejected(deps, error)));
}

/** What the client wrote as arguments goes on as it is: they are most of a call, and nobody here reads them. */
function rawArgumentsOf({ params, paramsText }: WireRequest): { rawArguments?: RawPart } {
  const value = params["arguments"];
  if (value === undefined || paramsText === undefined) return {};
  const text = members(paramsText).get("arguments");
  return text === undefined ? {} : { rawArguments: { value, text } };
}

/** The contract says that a router never rejects; should one, the client gets an answer all the same. */
function routerRejected(deps: FrontDeps, error: unknown): McpOutcome {
  deps.telemetry.log.error("router rejected", { reason: messageOf(error) });
  const broken = new FlotillaError("internal", "The gateway failed to handle the call.");
  return { kind: "error", error: toWireError(broken), httpStatus: 500 };
}

function finish(turn: Turn, request: WireRequest, outcome: McpOutcome): void {
  if (outcome.kind !== "error") return turn.finish(200, encodeResult(request.id, outcome.result));
  const status = outcome.httpStatus ?? statusOf(outcome.error);
  const retryAfterMs = outcome.cause?.retryAfterMs;
  turn.finish(
    status,
    encodeError(request.id, outcome.error),
    status === 503 && retryAfterMs !== undefined
      ? { "retry-after": String(Math.ceil(retryAfterMs / 1000)) }
      : undefined,
  );
}

/** Error table of 2026-07-28, transports. What a call itself may fail with stays in band. */
function statusOf(error: WireError): number {
  if (error.code === WIRE.methodNotFound) return 404;
  const isEnvelope =
    error.code === WIRE.headerMismatch ||
    error.code === WIRE.missingCapability ||
    error.code === WIRE.unsupportedVersion;
  return isEnvelope ? 400 : 200;
}

const methodNotFound = (method: string): WireError => ({
  code: WIRE.methodNotFound,
  message: `The method ${method} does not exist in this protocol version.`,
});
