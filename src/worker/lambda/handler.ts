/** A worker as an AWS Lambda function, without a web server inside: one invocation is one request. */
import { isRecord } from "../../protocol/index.ts";
import type { Worker } from "../contract.ts";
import { loadCore } from "../http/fetch.ts";
import type { FetchOptions } from "../http/fetch.ts";
import type { HttpCore } from "../http/core.ts";
import type { HttpAnswer } from "../http/exchange.ts";
import type { LambdaEventKind, LambdaRequest, LambdaResult } from "./events.ts";

/** What is used of the context that the runtime hands over. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** Two parameters, never three: newer runtimes take a third for the callback they no longer have. */
export type LambdaHandler = (event: unknown, context: LambdaContext) => Promise<LambdaResult>;

/** What is used of Node's `Writable`, which the runtime hands to a streaming handler. */
export interface LambdaStream {
  write(chunk: Uint8Array | string): unknown;
  end(): unknown;
  once(event: "close" | "drain" | "error" | "finish", listener: () => void): unknown;
  readonly writableNeedDrain?: boolean;
  readonly writableFinished?: boolean;
}

export type LambdaStreamingHandler = (
  event: unknown,
  stream: LambdaStream,
  context: LambdaContext,
) => Promise<void>;

export interface LambdaOptions extends Omit<FetchOptions, "events" | "asksSessions"> {
  /** Kept of the function's time for telling the client that it is over. Default 500. */
  marginMs?: number;
}

/** Present in Lambda's own Node runtimes. */
interface LambdaGlobal {
  streamifyResponse(handler: LambdaStreamingHandler): LambdaStreamingHandler;
  HttpResponseStream: {
    from(
      stream: LambdaStream,
      head: { statusCode: number; headers: Record<string, string> },
    ): LambdaStream;
  };
}

const DEFAULT_MARGIN_MS = 500;

/**
 * Answers a function URL, API Gateway (REST and HTTP API) and load balancers. The whole answer goes out at once, so there
 * is no progress.
 */
export function lambdaHandler(worker: Worker, options: LambdaOptions = {}): LambdaHandler {
  const loaded = load(worker, { ...options, events: false });
  return async (event, context) => {
    const { core, readEvent, writeResult } = await loaded;
    const request = readEvent(event);
    const never = new AbortController().signal;
    const answer = await core.handle(askOf(request, never, deadlineOf(context, options)));
    // Without event streams every body is a text.
    const body = typeof answer.body === "string" ? answer.body : "";
    return writeResult(request.kind, { ...answer, body });
  };
}

/**
 * The same with progress as it happens, for a function URL or REST API whose invoke mode is response streaming. Where the
 * runtime cannot stream (a local run, a load balancer) it is `lambdaHandler`.
 */
export function streamingLambdaHandler(
  worker: Worker,
  options: LambdaOptions = {},
): LambdaStreamingHandler | LambdaHandler {
  const runtime = lambdaGlobal();
  if (runtime === undefined) return lambdaHandler(worker, options);
  const loaded = load(worker, { ...options, events: true });
  return runtime.streamifyResponse(async (event, stream, context) => {
    const { core, readEvent } = await loaded;
    const gone = new AbortController();
    stream.once("close", () => {
      if (stream.writableFinished !== true) gone.abort();
    });
    const request = readEvent(event);
    const ask = askOf(request, gone.signal, deadlineOf(context, options));
    const { status, headers, body } = await core.handle(ask);
    const head = { statusCode: status, headers: { ...headers } };
    await send(runtime.HttpResponseStream.from(stream, head), body);
  });
}

interface Loaded {
  core: HttpCore;
  readEvent: (event: unknown) => LambdaRequest;
  writeResult: (kind: LambdaEventKind, answer: HttpAnswer & { body: string }) => LambdaResult;
}

/** Begins while the platform still starts the function, which costs no call any time. */
async function load(worker: Worker, options: FetchOptions): Promise<Loaded> {
  const [core, { readEvent, writeResult }] = await Promise.all([
    loadCore(worker, options),
    import("./events.ts"),
  ]);
  return { core, readEvent, writeResult };
}

function askOf(request: LambdaRequest, signal: AbortSignal, deadlineMs: number) {
  const { method, path, header, body } = request;
  return { method, path, header, body, signal, deadlineMs };
}

/** At least half of what is left goes to the call, however little that is. */
function deadlineOf(
  context: LambdaContext,
  { marginMs = DEFAULT_MARGIN_MS }: LambdaOptions,
): number {
  const left = context.getRemainingTimeInMillis();
  return Math.max(left - marginMs, left / 2);
}

async function send(stream: LambdaStream, body: HttpAnswer["body"]): Promise<void> {
  // The first write sends the head, so an empty body needs one too.
  if (typeof body === "string") stream.write(body);
  else await pump(body.getReader(), stream);
  await new Promise<void>((resolve) => {
    stream.once("finish", resolve);
    stream.once("close", resolve);
    stream.once("error", resolve);
    stream.end();
  });
}

async function pump(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  stream: LambdaStream,
): Promise<void> {
  stream.once("close", () => void reader.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    stream.write(value);
    if (stream.writableNeedDrain === true) {
      await new Promise<void>((resolve) => {
        stream.once("drain", resolve);
        stream.once("close", resolve);
      });
    }
  }
}

function lambdaGlobal(): LambdaGlobal | undefined {
  const given: unknown = Reflect.get(globalThis, "awslambda");
  return isLambdaGlobal(given) ? given : undefined;
}

function isLambdaGlobal(value: unknown): value is LambdaGlobal {
  return isRecord(value) && "streamifyResponse" in value && "HttpResponseStream" in value;
}
