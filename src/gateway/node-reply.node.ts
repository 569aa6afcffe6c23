/** `HttpCall` and `Reply` over node:http, without `Request`, `Response` or web streams. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer, EventSink, HttpCall, Reply } from "./front/exchange.ts";
import { SSE_HEADERS } from "./front/exchange.ts";

export class NodeCall implements HttpCall {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly #request: IncomingMessage;
  #onGone: (() => void) | undefined;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.method = request.method ?? "";
    const target = request.url ?? "";
    const mark = target.indexOf("?");
    this.path = mark < 0 ? target : target.slice(0, mark);
    this.query = mark < 0 ? "" : target.slice(mark + 1);
    response.once("close", () => {
      // "close" also follows a complete answer; only an incomplete one means that the client went away.
      if (!response.writableFinished) this.#onGone?.();
    });
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return typeof value === "string" ? value : value?.join(", ");
  }

  onGone(listener: () => void): void {
    this.#onGone = listener;
  }
}

export class NodeReply implements Reply {
  readonly #response: ServerResponse;
  #isUsed = false;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  send(answer: Answer): void {
    if (this.#isUsed) return;
    this.#isUsed = true;
    sendAnswer(this.#response, answer);
  }

  stream(headers?: Readonly<Record<string, string>>): EventSink {
    const response = this.#response;
    if (this.#isUsed || response.destroyed) return CLOSED;
    this.#isUsed = true;
    response.writeHead(200, { ...SSE_HEADERS, ...headers });
    // Events are small and each one is waited for: no delay for the sake of fuller packets.
    response.socket?.setNoDelay(true);
    response.flushHeaders();
    return {
      write(text) {
        if (!response.writableEnded && !response.destroyed) response.write(text);
      },
      backlog: () => response.writableLength,
      end() {
        response.end();
      },
    };
  }
}

const CLOSED: EventSink = { write: () => {}, backlog: () => 0, end: () => {} };

export function sendAnswer(response: ServerResponse, answer: Answer): void {
  if (response.destroyed || response.headersSent) return;
  if (answer.body === "") {
    // RFC 9110: these two never have a body, and no length of one either.
    const isBodiless = answer.status === 204 || answer.status === 304;
    const length = isBodiless ? {} : { "content-length": "0" };
    response.writeHead(answer.status, { ...answer.headers, ...length }).end();
    return;
  }
  const length = Buffer.byteLength(answer.body);
  const headers =
    answer.headers === undefined
      ? { "content-type": "application/json", "content-length": length }
      : { "content-type": "application/json", ...answer.headers, "content-length": length };
  // As many bytes as characters means ASCII, which is written much faster when it need not be encoded.
  const encoding = length === answer.body.length ? "latin1" : "utf8";
  response.writeHead(answer.status, headers).end(answer.body, encoding);
}
