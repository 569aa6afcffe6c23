/** One call's answer: plain JSON until something has to be said before the result, an event stream from then on. */
import type { Clock, Timer } from "../../protocol/index.ts";
import { message } from "./answers.ts";
import type { HttpAnswer } from "./exchange.ts";

export interface Turn {
  readonly answer: Promise<HttpAnswer>;
  /** A notification; left out when the client takes no events or does not keep up. */
  notify(text: string): void;
  /** A request of ours: never left out. */
  ask(text: string): void;
  /** The last word. */
  finish(status: number, text: string): void;
}

export interface TurnOptions {
  clock: Clock;
  /** Whether the client, and the place we run in, take an event stream. */
  events: boolean;
  onGone(): void;
}

/** Below the 30 and 60 seconds after which common proxies drop silent connections. */
const KEEP_ALIVE_MS = 15_000;
/** Progress and logs are worth nothing late. */
const MAX_BACKLOG_BYTES = 1024 * 1024;

export const SSE_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream",
  // Both keep proxies from holding events back.
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

export function createTurn({ clock, events, onGone }: TurnOptions): Turn {
  const { promise: answer, resolve } = Promise.withResolvers<HttpAnswer>();
  let stream: EventStream | undefined;
  let isDone = false;
  let timer: Timer | undefined;
  const open = (): EventStream => {
    if (stream !== undefined) return stream;
    stream = createEventStream(() => {
      isDone = true;
      timer?.cancel();
      onGone();
    });
    resolve({ status: 200, headers: SSE_HEADERS, body: stream.readable });
    return stream;
  };
  const beat = (): void => {
    open().write(": keep-alive\n\n");
    timer = clock.after(KEEP_ALIVE_MS, beat);
  };
  if (events) timer = clock.after(KEEP_ALIVE_MS, beat);
  return {
    answer,
    notify(text) {
      if (isDone || !events) return;
      const target = open();
      if (target.backlog() <= MAX_BACKLOG_BYTES) target.write(event(text));
    },
    ask(text) {
      if (!isDone) open().write(event(text));
    },
    finish(status, text) {
      if (isDone) return;
      isDone = true;
      timer?.cancel();
      if (stream === undefined) return resolve(message(status, text));
      stream.write(event(text));
      stream.end();
    },
  };
}

/** Our messages are single lines. */
const event = (data: string): string => `event: message\ndata: ${data}\n\n`;

interface EventStream {
  readable: ReadableStream<Uint8Array>;
  write(text: string): void;
  backlog(): number;
  end(): void;
}

function createEventStream(onGone: () => void): EventStream {
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
        onGone();
      },
    },
    // Sized in bytes with no allowance of its own, so that `desiredSize` is minus what waits.
    { highWaterMark: 0, size: (chunk) => chunk?.byteLength ?? 0 },
  );
  return {
    readable,
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
}
