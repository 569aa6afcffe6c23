/** The web-standard entry: `fetch(request)` for Workers, Lambda, tests, and whoever mounts the front elsewhere. */
import type { Answer, EventSink, Fallback, FrontCore, HttpCall, Reply } from "./exchange.ts";
import { SSE_HEADERS } from "./exchange.ts";
import { fallbackFailed, notFound } from "./not-found.ts";

export function createWebEntry(core: FrontCore, fallback: Fallback | undefined) {
  return async (request: Request): Promise<Response> => {
    const gone = createGone(request.signal);
    const call = callOf(request, gone);
    const plan = core.plan(call);
    if (plan.kind === "answer") return responseOf(plan.answer, request.method);
    if (plan.kind === "fallback") {
      return askFallback(fallback, request, call.path);
    }
    const body = plan.kind === "run" ? "" : await readText(request, plan.maxBytes);
    if (typeof body !== "string") return responseOf(core.refuseBody(body.why), request.method);
    const { promise, resolve } = Promise.withResolvers<Response>();
    core.run(call, body, createReply(resolve, gone));
    return promise;
  };
}

async function askFallback(
  fallback: Fallback | undefined,
  request: Request,
  path: string,
): Promise<Response> {
  try {
    return (await fallback?.(request)) ?? responseOf(notFound(path), request.method);
  } catch {
    return responseOf(fallbackFailed(), request.method);
  }
}

interface Gone {
  listen: (listener: () => void) => void;
  tell: () => void;
}

function createGone(signal: AbortSignal): Gone {
  let listener: (() => void) | undefined;
  const tell = (): void => {
    const run = listener;
    listener = undefined;
    run?.();
  };
  signal.addEventListener("abort", tell, { once: true });
  return {
    listen(next) {
      listener = next;
      if (signal.aborted) tell();
    },
    tell,
  };
}

function callOf(request: Request, gone: Gone): HttpCall {
  const url = new URL(request.url);
  return {
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    // Some runtimes keep the Host header to themselves; the URL says the same.
    header: (name) => request.headers.get(name) ?? (name === "host" ? url.host : undefined),
    onGone: gone.listen,
  };
}

function responseOf(answer: Answer, method: string): Response {
  const hasBody = method !== "HEAD" && answer.body !== "";
  const headers = hasBody
    ? { "content-type": "application/json", ...answer.headers }
    : answer.headers;
  return new Response(hasBody ? answer.body : null, {
    status: answer.status,
    ...(headers === undefined ? {} : { headers }),
  });
}

function createReply(resolve: (response: Response) => void, gone: Gone): Reply {
  let isUsed = false;
  return {
    send(answer) {
      if (isUsed) return;
      isUsed = true;
      resolve(responseOf(answer, ""));
    },
    stream(headers) {
      if (isUsed) return closedSink;
      isUsed = true;
      const { sink, readable } = createStream(gone);
      resolve(new Response(readable, { headers: { ...SSE_HEADERS, ...headers } }));
      return sink;
    },
  };
}

const closedSink: EventSink = { write: () => {}, backlog: () => 0, end: () => {} };

function createStream(gone: Gone): { sink: EventSink; readable: ReadableStream<Uint8Array> } {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let isOpen = true;
  const readable = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given;
      },
      cancel: () => {
        isOpen = false;
        gone.tell();
      },
    },
    // Sized in bytes with no allowance of its own, so that `desiredSize` is minus what waits.
    { highWaterMark: 0, size: (chunk) => chunk?.byteLength ?? 0 },
  );
  const sink: EventSink = {
    write(text) {
      if (isOpen) controller?.enqueue(encoder.encode(text));
    },
    backlog: () => -(controller?.desiredSize ?? 0),
    end() {
      if (!isOpen) return;
      isOpen = false;
      controller?.close();
    },
  };
  return { sink, readable };
}

type BadBody = { why: "too_large" | "not_utf8" | "incomplete" };

/** Reads no further than the limit; what is over it is never held. */
async function readText(request: Request, maxBytes: number): Promise<string | BadBody> {
  if (request.body === null) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  let bytes = 0;
  const reader = request.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      bytes += value.byteLength;
      if (bytes > maxBytes) {
        await reader.cancel();
        return { why: "too_large" };
      }
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    return { why: error instanceof TypeError ? "not_utf8" : "incomplete" };
  }
}
