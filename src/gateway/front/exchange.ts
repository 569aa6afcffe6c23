/**
 * The seam between an entry (node:http, `fetch`, later others) and the front: what a request is, and how it is
 * answered, in terms cheap enough that an entry need not build `Request`, `Response` or streams.
 */

export interface HttpCall {
  readonly method: string;
  /** Without the query, undecoded, starting with "/". */
  readonly path: string;
  /** Without "?"; empty when there is none. */
  readonly query: string;
  /** By lower-case name; repeated headers joined as HTTP says. */
  header(name: string): string | undefined;
  /** The listener runs once, when the client goes away before its answer is complete. One listener. */
  onGone(listener: () => void): void;
}

/** A complete answer. A body is JSON unless `headers` says otherwise. */
export interface Answer {
  status: number;
  body: string;
  headers?: Readonly<Record<string, string>>;
}

export interface Reply {
  /** Ends the exchange. Exactly one of `send` and `stream` is called, once; later calls are ignored. */
  send(answer: Answer): void;
  /** Begins a `text/event-stream` answer with status 200. */
  stream(headers?: Readonly<Record<string, string>>): EventSink;
}

export interface EventSink {
  /** Text in event-stream form. Ignored once ended or when the client is gone. */
  write(text: string): void;
  /** Bytes (or characters) that the client has not taken yet. */
  backlog(): number;
  end(): void;
}

/** What an entry does with a request whose head it has read. */
export type Plan =
  /** Answer at once; the body is not wanted. */
  | { kind: "answer"; answer: Answer }
  /** Read the body as UTF-8 text of at most so many bytes, then `run`. */
  | { kind: "read"; maxBytes: number }
  /** `run` with an empty body. */
  | { kind: "run" }
  /** Not the front's: the entry asks its fallback. */
  | { kind: "fallback" };

export interface FrontCore {
  /** Looks at the head alone. */
  plan(call: HttpCall): Plan;
  /** Answers through `reply`, now or later. Never throws. */
  run(call: HttpCall, body: string, reply: Reply): void;
  /** What to say to a body that could not be read. */
  refuseBody(why: "too_large" | "not_utf8" | "incomplete"): Answer;
}

/** Takes what the front does not serve (dashboard, API); undefined means not found. */
export type Fallback = (request: Request) => Promise<Response | undefined>;

/** One server-sent event. `data` must be a single line. */
export function sseEvent(data: string, id?: string): string {
  return id === undefined
    ? `event: message\ndata: ${data}\n\n`
    : `id: ${id}\nevent: message\ndata: ${data}\n\n`;
}

/** A comment: no event, but proof of life for proxies and clients. */
export const SSE_KEEP_ALIVE = ": keep-alive\n\n";

/** `no-transform` and `X-Accel-Buffering` keep proxies from holding events back. */
export const SSE_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};
