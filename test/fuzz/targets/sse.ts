/**
 * What an upstream server may send: event streams in odd pieces, JSON, and heads that do not fit. The first line of an
 * input is a status and a content type, the rest is the body.
 */
import { createHttpChannel } from "../../../src/gateway/upstream/http/http-channel.ts";
import type { HttpClient } from "../../../src/gateway/upstream/http/http-client.ts";
import { readSse } from "../../../src/gateway/upstream/http/sse-reader.ts";
import { isFlotillaError } from "../../../src/protocol/errors.ts";
import { silentTelemetry } from "../../../src/telemetry/index.ts";
import { type FuzzTarget, invariant, textOf } from "../target.ts";
import { hurried } from "./hurried.ts";
import { WIRE_WORDS } from "./words.ts";

const MAX_BYTES = 2_048;
const RESULT = '{"jsonrpc":"2.0","id":1,"result":{"content":[]}}';
const ASKS = '{"jsonrpc":"2.0","id":"s-1","method":"elicitation/create","params":{"message":"x"}}';
const PROGRESS =
  '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}';

export const sse: FuzzTarget = {
  name: "sse",
  watch: ["/src/gateway/upstream/", "/src/protocol/"],
  seeds: [
    `200 text/event-stream\ndata: ${RESULT}\n\n`,
    `200 text/event-stream\nid: 7\nevent: message\ndata: ${PROGRESS}\n\ndata: ${RESULT}\n\n`,
    `200 text/event-stream\r\n: keep-alive\r\n\r\nretry: 10\r\ndata:${ASKS}\r\n\r\ndata: ${RESULT}\r\n\r\n`,
    `200 text/event-stream\n\ufeffdata: {"jsonrpc":"2.0",\ndata: "id":1,"result":{}}\n\n`,
    `200 application/json\n${RESULT}`,
    '200 application/json\n{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no"}}',
    '400 application/json\n{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"no","data":{"supported":["2026-07-28"]}}}',
    "404 text/html\n<html>",
    "202 text/plain\n",
  ],
  dictionary: [
    ...WIRE_WORDS,
    "data:",
    "data: ",
    "id: ",
    "event: ",
    "retry: ",
    "\n\n",
    "\r",
    "\r\n",
  ],
  start: () =>
    Promise.resolve({
      async run(input) {
        const text = textOf(input);
        await sameInPieces(text);
        await request(text);
      },
      close: () => Promise.resolve(),
    }),
};

async function* pieces(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function events(text: string, size: number): Promise<string> {
  const seen: unknown[] = [];
  let data = 0;
  try {
    for await (const event of readSse(pieces(text, size), MAX_BYTES)) {
      data = Math.max(data, event.data.length);
      seen.push([event.event, event.id, event.data]);
    }
  } catch (error) {
    invariant(isFlotillaError(error) && error.code === "message_too_large", String(error));
    return "too large";
  }
  // The bound is looked at after each piece.
  invariant(data <= MAX_BYTES + size, `an event of ${data} characters`);
  return JSON.stringify(seen);
}

async function sameInPieces(text: string): Promise<void> {
  if (text.length > MAX_BYTES) return void (await events(text, 100));
  const [one, other] = [await events(text, 3), await events(text, 64)];
  invariant(one === other, `cut in pieces it reads differently: ${one} and ${other}`);
}

async function request(text: string): Promise<void> {
  const line = text.indexOf("\n");
  const [status = "", type = ""] = text.slice(0, Math.max(0, line)).trim().split(" ");
  const client: HttpClient = {
    request: () =>
      Promise.resolve({
        status: Number.parseInt(status, 10) || 200,
        headers: { "content-type": type },
        body: pieces(text.slice(line + 1), 61),
      }),
    close: () => Promise.resolve(),
  };
  const channel = createHttpChannel({
    http: client,
    url: "http://127.0.0.1:1/mcp",
    headers: {},
    events: {
      onNotification: () => {},
      onRequest: () => ({ kind: "error", error: { code: -32601, message: "no" } }),
    },
    telemetry: silentTelemetry,
    clock: hurried,
    maxMessageBytes: MAX_BYTES,
  });
  try {
    await channel.request({ method: "tools/call", params: { name: "echo" }, progress: true });
  } catch (error) {
    invariant(isFlotillaError(error), `not typed: ${String(error)}`);
  } finally {
    channel.close();
  }
}
