/** Batches, which only version 2025-03-26 has over HTTP. */
import { WireParseError, parseMessage } from "../../../protocol/jsonrpc.ts";
import type { WireMessage } from "../../../protocol/jsonrpc.ts";
import { RawJsonError, elements } from "../../../protocol/raw-json.ts";
import { WIRE } from "../../../protocol/wire-errors.ts";
import type { Answer } from "../exchange.ts";
import type { FrontLimits } from "../limits.ts";
import { invalidRequest, rpcProblem } from "../problems.ts";

/** All messages, or the answer to a batch that is refused as a whole. */
export function parseBatch(body: string, limits: FrontLimits): WireMessage[] | Answer {
  try {
    const parts = elements(body, limits.maxDepth);
    if (parts.length === 0) return invalidRequest(400, "A batch must not be empty.");
    if (parts.length > limits.maxBatch) {
      return invalidRequest(400, `A batch holds at most ${limits.maxBatch} messages.`);
    }
    const messages = parts.map((part) =>
      parseMessage(part, { maxBytes: Infinity, maxDepth: limits.maxDepth }),
    );
    const ids = messages.flatMap((message) => (message.kind === "request" ? [message.id] : []));
    if (new Set(ids).size < ids.length) return invalidRequest(400, "Two requests share an id.");
    return messages;
  } catch (error) {
    if (error instanceof WireParseError) {
      return rpcProblem(400, { code: error.code, message: error.message }, error.id);
    }
    if (error instanceof RawJsonError) {
      return rpcProblem(400, { code: WIRE.parseError, message: `The batch is ${error.message}.` });
    }
    throw error;
  }
}
