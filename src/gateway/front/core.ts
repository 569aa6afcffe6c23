/** The front's decisions, free of any entry: what to do with a request's head, and how to answer its body. */
import { messageOf } from "../../protocol/errors.ts";
import { HEADER } from "../../protocol/headers.ts";
import { WireParseError, parseMessage } from "../../protocol/jsonrpc.ts";
import type { WireMessage } from "../../protocol/jsonrpc.ts";
import { isModern } from "../../protocol/versions.ts";
import { WIRE } from "../../protocol/wire-errors.ts";
import type { Endpoint } from "../call.ts";
import type { CardDesk } from "../cards/desk.ts";
import type { Guard } from "../guard.ts";
import { isJson } from "./accept.ts";
import type { FrontDeps } from "./deps.ts";
import type { Answer, FrontCore, HttpCall, Plan, Reply } from "./exchange.ts";
import { healthAnswer, readyAnswer } from "./health.ts";
import type { LegacyFront } from "./legacy/legacy.ts";
import { claimsModern } from "./modern/envelope.ts";
import type { ListenDesk } from "./modern/listen.ts";
import { answerModern } from "./modern/modern.ts";
import {
  bodyTooLarge,
  invalidRequest,
  methodNotAllowed,
  rpcProblem,
  unknownWorker,
  wrongMediaType,
} from "./problems.ts";
import { routeOf } from "./route.ts";
import type { FrontRoute } from "./route.ts";

export interface CoreParts {
  deps: FrontDeps;
  guard: Guard;
  listens: ListenDesk;
  legacy: LegacyFront;
  cards: CardDesk;
}

export function createCore(parts: CoreParts): FrontCore {
  const { deps } = parts;
  // A defect must cost one request, never the process: entries run this inside event handlers.
  const failed = (error: unknown): Answer => {
    deps.telemetry.log.error("front failed", { reason: messageOf(error) });
    return rpcProblem(500, {
      code: WIRE.internal,
      message: "The gateway failed to handle the request.",
    });
  };
  return {
    plan(call) {
      try {
        return planFor(parts, call);
      } catch (error) {
        return answer(failed(error));
      }
    },
    run(call, body, reply) {
      try {
        dispatch(parts, { call, reply, body });
      } catch (error) {
        reply.send(failed(error));
      }
    },
    refuseBody(why) {
      if (why === "too_large") return bodyTooLarge(deps.limits.maxBodyBytes);
      return rpcProblem(400, {
        code: WIRE.parseError,
        message: why === "not_utf8" ? "The body is not valid UTF-8." : "The body ended early.",
      });
    },
  };
}

function dispatch(
  parts: CoreParts,
  { call, reply, body }: { call: HttpCall; reply: Reply; body: string },
): void {
  const { legacy } = parts;
  const route = routeOf(call.path);
  if (route.kind === "messages") return legacy.postMessages(call, body, reply);
  if (route.kind === "sse") return legacy.openSse(call, route.endpoint, reply);
  if (route.kind !== "mcp") return reply.send(invalidRequest(404, "Not found."));
  const { endpoint } = route;
  if (call.method === "POST") return post(parts, { call, reply, endpoint }, body);
  return call.method === "GET"
    ? legacy.get(call, endpoint, reply)
    : legacy.delete(call, endpoint, reply);
}

function planFor(parts: CoreParts, call: HttpCall): Plan {
  const verdict = parts.guard(call.header("host"), call.header("origin"));
  if (!verdict.ok) return answer(invalidRequest(403, verdict.reason));
  const route = routeOf(call.path);
  switch (route.kind) {
    case "foreign":
      return isTooLarge(parts.deps, call)
        ? answer(bodyTooLarge(parts.deps.limits.maxBodyBytes))
        : { kind: "fallback" };
    case "nowhere":
      return answer(unknownWorker(route.name));
    case "card":
      return answer(parts.cards(call));
    case "health":
    case "ready":
      return answer(probe(parts.deps, call.method, route.kind));
    case "messages":
      return call.method === "POST" ? planBody(parts.deps, call) : answer(methodNotAllowed("POST"));
    default:
      return planEndpoint(parts.deps, call, route);
  }
}

function planEndpoint(
  deps: FrontDeps,
  call: HttpCall,
  { kind, endpoint }: FrontRoute & { endpoint: Endpoint },
): Plan {
  if (endpoint.kind === "worker" && !deps.router.knows(endpoint)) {
    return answer(unknownWorker(endpoint.worker));
  }
  if (kind === "sse")
    return call.method === "GET" ? { kind: "run" } : answer(methodNotAllowed("GET"));
  if (call.method === "POST") return planBody(deps, call);
  if (call.method === "GET" || call.method === "DELETE") return { kind: "run" };
  return answer(methodNotAllowed("POST, GET, DELETE"));
}

/** A body that will be refused is refused before it is read. */
function planBody(deps: FrontDeps, call: HttpCall): Plan {
  if (!isJson(call.header("content-type"))) return answer(wrongMediaType());
  const encoding = call.header("content-encoding");
  if (encoding !== undefined && encoding !== "identity") {
    return answer(invalidRequest(415, "Send the body without Content-Encoding."));
  }
  const maxBytes = deps.limits.maxBodyBytes;
  return isTooLarge(deps, call) ? answer(bodyTooLarge(maxBytes)) : { kind: "read", maxBytes };
}

const isTooLarge = (deps: FrontDeps, call: HttpCall): boolean =>
  Number(call.header("content-length") ?? 0) > deps.limits.maxBodyBytes;

function probe(deps: FrontDeps, method: string, kind: "health" | "ready"): Answer {
  if (method !== "GET" && method !== "HEAD") return methodNotAllowed("GET, HEAD");
  const draining = deps.load.draining;
  return kind === "health"
    ? healthAnswer(deps.router, draining)
    : readyAnswer(deps.router, draining);
}

/** `_meta` decides the era, the version header where the body is silent; the rest is legacy. */
function post(
  { deps, listens, legacy }: CoreParts,
  exchange: { call: HttpCall; reply: Reply; endpoint: Endpoint },
  body: string,
): void {
  const { call, reply } = exchange;
  const version = call.header(HEADER.protocolVersion)?.trim();
  const headerIsModern = version !== undefined && isModern(version);
  if (!headerIsModern && body.trimStart().startsWith("[")) return legacy.postBatch(exchange, body);
  let message: WireMessage;
  try {
    message = parseMessage(body, { maxBytes: Infinity, maxDepth: deps.limits.maxDepth });
  } catch (error) {
    if (!(error instanceof WireParseError)) throw error;
    return reply.send(rpcProblem(400, { code: error.code, message: error.message }, error.id));
  }
  const isModernCall =
    headerIsModern || ("method" in message && claimsModern(message.method, message.params));
  if (isModernCall) answerModern(deps, listens, { ...exchange, message });
  else legacy.post(exchange, message);
}

const answer = (body: Answer): Plan => ({ kind: "answer", answer: body });
