/** POST /mcp: one message (or, in 2025-03-26, a batch) of either era, answered as JSON or as an event stream. */
import {
  HEADER,
  META,
  WIRE,
  WireParseError,
  encodeError,
  encodeResult,
  isModern,
  isRecord,
  messageOf,
  parseMessage,
} from "../../protocol/index.ts";
import type { WireMessage, WireNotification, WireRequest } from "../../protocol/index.ts";
import { eraOf, wireOf } from "../dispatch.ts";
import { initialize } from "../methods.ts";
import { ACCEPTED, badBody, invalid, message, wireProblem } from "./answers.ts";
import { answerBatch } from "./batch.ts";
import { BodyError } from "./exchange.ts";
import type { HttpAnswer, HttpAsk } from "./exchange.ts";
import { sessionOf } from "./find-session.ts";
import { headerProblem, isJson, readAccept } from "./headers.ts";
import type { HttpParts } from "./parts.ts";
import { runCall } from "./run-call.ts";
import type { HttpSession } from "./sessions.ts";

export async function answerPost(parts: HttpParts, ask: HttpAsk): Promise<HttpAnswer> {
  if (!isJson(ask.header("content-type"))) {
    return invalid(415, "Send the message as Content-Type: application/json.");
  }
  const { maxBodyBytes } = parts.options;
  try {
    const body = await ask.body(maxBodyBytes);
    if (/^\s*\[/.test(body)) return await answerBatch(parts, ask, body);
    const parsed = parseMessage(body, { maxBytes: maxBodyBytes });
    return await answerMessage(parts, ask, parsed);
  } catch (error) {
    if (error instanceof BodyError) return badBody(error, maxBodyBytes);
    if (error instanceof WireParseError) {
      return wireProblem(400, { code: error.code, message: error.message }, error.id);
    }
    parts.options.report(`Answering failed: ${messageOf(error)}`);
    return wireProblem(500, { code: WIRE.internal, message: "The worker failed to answer." });
  }
}

async function answerMessage(
  parts: HttpParts,
  ask: HttpAsk,
  parsed: WireMessage,
): Promise<HttpAnswer> {
  if (parsed.kind === "result" || parsed.kind === "error") {
    return parts.asks.answer(parsed)
      ? ACCEPTED
      : invalid(400, "This answers no question that is open here.");
  }
  if (parsed.kind === "notification") {
    notice(parts, ask, parsed);
    return ACCEPTED;
  }
  if (parsed.method === "initialize" && !isModern(ask.header(HEADER.protocolVersion) ?? "")) {
    return openSession(parts, parsed);
  }
  const session = sessionOf(parts, ask);
  if (session !== undefined && "status" in session) return session;
  return session === undefined
    ? answerModern(parts, ask, parsed)
    : answerLegacy(parts, ask, { request: parsed, session });
}

function notice({ sessions }: HttpParts, ask: HttpAsk, { method, params }: WireNotification): void {
  const id = params["requestId"];
  const session = ask.header(HEADER.sessionId);
  if (method !== "notifications/cancelled" || session === undefined) return;
  if (typeof id === "string" || typeof id === "number") sessions.cancel(session, id);
}

function openSession({ runtime, sessions }: HttpParts, request: WireRequest): HttpAnswer {
  const { version, result } = initialize(runtime.worker, request.params);
  const id = sessions.open(version, request.params["capabilities"]);
  const text = encodeResult(request.id, { text: JSON.stringify(result) });
  return message(200, text, { [HEADER.sessionId]: id });
}

async function answerModern(
  parts: HttpParts,
  ask: HttpAsk,
  request: WireRequest,
): Promise<HttpAnswer> {
  const { worker } = parts.runtime;
  try {
    eraOf(request, false);
  } catch (error) {
    const mismatch = namesVersion(request) ? headerProblem(worker, request, ask) : undefined;
    if (mismatch === undefined) return wireProblem(400, wireOf(error), request.id);
    return wireProblem(400, { code: WIRE.headerMismatch, message: mismatch }, request.id);
  }
  const mismatch = headerProblem(worker, request, ask);
  if (mismatch !== undefined) {
    return wireProblem(400, { code: WIRE.headerMismatch, message: mismatch }, request.id);
  }
  const accepts = readAccept(ask.header("accept"));
  if (!accepts.json && !accepts.events) {
    return invalid(406, "Allow application/json and text/event-stream in Accept.");
  }
  const events = accepts.events && parts.options.events;
  if (request.method === "subscriptions/listen" && !events) {
    return invalid(406, "Listening needs an event stream, which cannot be had here.");
  }
  return runCall(parts, ask, { request, era: "modern", events });
}

/** Headers can only disagree with a version that is there. */
function namesVersion({ params }: WireRequest): boolean {
  return isRecord(params["_meta"]) && typeof params["_meta"][META.protocolVersion] === "string";
}

async function answerLegacy(
  parts: HttpParts,
  ask: HttpAsk,
  call: { request: WireRequest; session: HttpSession },
): Promise<HttpAnswer> {
  const accepts = readAccept(ask.header("accept"));
  if (!accepts.json) {
    return invalid(406, "Allow application/json and text/event-stream in Accept.");
  }
  const { request, session } = call;
  if (isRecord(request.params["_meta"])) {
    // A modern request that hides behind a session's headers is one of neither era.
    try {
      if (eraOf(request, true) === "modern") {
        return invalid(400, "The headers speak an older version than the body.");
      }
    } catch (error) {
      return message(400, encodeError(request.id, wireOf(error)));
    }
  }
  const events = accepts.events && parts.options.events;
  return runCall(parts, ask, { request, era: "legacy", events, session });
}
