/** Batches exist in 2025-03-26 alone: several messages in, the answers of the requests among them out. */
import { elements, messageOf, parseMessage } from "../../protocol/index.ts";
import type { WireMessage } from "../../protocol/index.ts";
import { ACCEPTED, invalid, message } from "./answers.ts";
import type { HttpAnswer, HttpAsk } from "./exchange.ts";
import { sessionOf } from "./find-session.ts";
import type { HttpParts } from "./parts.ts";
import { runCall } from "./run-call.ts";
import { hasBatches } from "./sessions.ts";

const MAX_MESSAGES = 64;

export async function answerBatch(
  parts: HttpParts,
  ask: HttpAsk,
  body: string,
): Promise<HttpAnswer> {
  const session = sessionOf(parts, ask);
  if (session !== undefined && "status" in session) return session;
  if (session === undefined || !hasBatches(session.version)) {
    return invalid(400, "Send one message at a time: only version 2025-03-26 has batches.");
  }
  const messages = readAll(body);
  if ("status" in messages) return messages;
  const answers: Promise<HttpAnswer>[] = [];
  for (const one of messages) {
    if (one.kind === "request") {
      answers.push(runCall(parts, ask, { request: one, era: "legacy", events: false, session }));
    } else if (one.kind !== "notification") parts.asks.answer(one);
  }
  if (answers.length === 0) return ACCEPTED;
  const texts = (await Promise.all(answers)).map(({ body: text }) =>
    // Without events every answer is a text.
    typeof text === "string" ? text : "",
  );
  return message(200, `[${texts.join(",")}]`);
}

function readAll(body: string): WireMessage[] | HttpAnswer {
  try {
    const texts = elements(body);
    if (texts.length === 0 || texts.length > MAX_MESSAGES) {
      return invalid(400, `A batch holds 1 to ${MAX_MESSAGES} messages.`);
    }
    return texts.map((text) => parseMessage(text));
  } catch (error) {
    return invalid(400, `The batch cannot be read: ${messageOf(error)}`);
  }
}
