/** node:http in the terms of the HTTP core, without `Request`, `Response` or a stream for a plain JSON call. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpCore } from "./core.ts";
import { BodyError, createBodyReader } from "./exchange.ts";
import type { HttpAnswer, HttpAsk } from "./exchange.ts";

/** Of a refused body, read and thrown away so that its sender can read the refusal. */
const MAX_DISCARD_BYTES = 64 * 1024 * 1024;

export async function answerOnNode(
  core: HttpCore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  await write(response, await core.handle(askOf(request, gone.signal)), request.method);
  discard(request);
}

function askOf(request: IncomingMessage, signal: AbortSignal): HttpAsk {
  return {
    method: request.method ?? "GET",
    path: (request.url ?? "/").split("?", 1)[0] ?? "/",
    header(name) {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    body: (maxBytes) => readBody(request, maxBytes),
    signal,
  };
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const body = createBodyReader(maxBytes);
  return new Promise((resolve, reject) => {
    const onData = (chunk: Uint8Array): void => {
      try {
        body.push(chunk);
      } catch (error) {
        request.off("data", onData);
        reject(error instanceof Error ? error : new BodyError("incomplete"));
      }
    };
    request.on("data", onData);
    request.once("end", () => {
      try {
        resolve(body.end());
      } catch (error) {
        reject(error instanceof Error ? error : new BodyError("incomplete"));
      }
    });
    request.once("close", () => reject(new BodyError("incomplete")));
  });
}

async function write(
  response: ServerResponse,
  { status, headers, body }: HttpAnswer,
  method: string | undefined,
): Promise<void> {
  if (response.destroyed) return;
  if (typeof body === "string") {
    const length = { "content-length": Buffer.byteLength(body) };
    response.writeHead(status, { ...headers, ...length });
    response.end(method === "HEAD" ? "" : body);
    return;
  }
  response.writeHead(status, headers);
  // Events are small and each one is waited for: no delay for the sake of fuller packets.
  response.socket?.setNoDelay(true);
  response.flushHeaders();
  const reader = body.getReader();
  response.once("close", () => void reader.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!response.write(value) && !response.destroyed) await drained(response);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once("drain", resolve);
    response.once("close", resolve);
  });
}

function discard(request: IncomingMessage): void {
  if (request.complete) return;
  let bytes = 0;
  request.on("data", (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    if (bytes > MAX_DISCARD_BYTES) request.destroy();
  });
  request.resume();
}
