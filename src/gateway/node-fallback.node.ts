/** Hands requests that are not the front's to a web-standard handler, and its answer back, with back-pressure. */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { FlotillaError } from "../protocol/errors.ts";
import type { Fallback } from "./front/exchange.ts";

/** Resolves with false when the fallback does not know the path either. */
export async function serveFallback(
  { fallback, maxBodyBytes }: { fallback: Fallback; maxBodyBytes: number },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const abort = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) abort.abort();
  });
  const answer = await fallback(toRequest(request, maxBodyBytes, abort.signal));
  if (answer === undefined) return false;
  await writeResponse(answer, { request, response, signal: abort.signal });
  return true;
}

function toRequest(request: IncomingMessage, maxBodyBytes: number, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === "string") headers.set(name, value);
    else for (const each of value ?? []) headers.append(name, each);
  }
  const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`);
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  const init: RequestInit & { duplex?: "half" } = {
    method: request.method ?? "GET",
    headers,
    signal,
  };
  if (hasBody) {
    init.body = streamOf(bounded(request, maxBodyBytes));
    init.duplex = "half";
  }
  return new Request(url, init);
}

function streamOf(
  chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const next = await chunks.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

/** A body of unknown length must not be read for ever. */
async function* bounded(
  request: IncomingMessage,
  maxBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let bytes = 0;
  for await (const chunk of request) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      throw new FlotillaError("message_too_large", `The body is larger than ${maxBytes} bytes.`);
    }
    yield new Uint8Array(chunk);
  }
}

async function writeResponse(
  answer: Response,
  {
    request,
    response,
    signal,
  }: { request: IncomingMessage; response: ServerResponse; signal: AbortSignal },
): Promise<void> {
  for (const [name, value] of answer.headers) {
    if (name !== "set-cookie") response.setHeader(name, value);
  }
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader("set-cookie", cookies);
  response.writeHead(answer.status);
  if (answer.body === null || request.method === "HEAD") {
    response.end();
    return;
  }
  // Event streams wait long for their first byte; their head must not wait with them.
  response.flushHeaders();
  const reader = answer.body.getReader();
  // A silent stream would notice the client's leaving only at its next chunk, which may never come.
  signal.addEventListener("abort", () => void reader.cancel().catch(() => {}), { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (!response.write(value)) await once(response, "drain", { signal });
    }
    response.end();
  } catch (error) {
    // The client left, and nobody is there to be told.
    if (!signal.aborted) throw error;
  }
}
