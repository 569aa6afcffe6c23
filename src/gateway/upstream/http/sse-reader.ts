/** Server-sent events out of an HTTP body, with a bound on one event. */
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { FlotillaError } from "../../../protocol/errors.ts";
import { WholeBody } from "./whole-body.ts";

export type SseEvent = Pick<EventSourceMessage, "event" | "id" | "data">;

/** Where a stream is, for whoever has to resume it: the last event that had an id, and the pause its server asked for. */
export interface StreamPlace {
  lastId?: string;
  retryMs?: number;
}

/** Ends when the body ends. `place`, when given, is kept up to date. Throws `message_too_large` for an event over `maxBytes`. */
export async function* readSse(
  body: AsyncIterable<string>,
  maxBytes: number,
  place: StreamPlace = {},
): AsyncGenerator<SseEvent> {
  let ready: SseEvent[] = [];
  let overflow = false;
  const parser = createParser({
    maxBufferSize: maxBytes,
    onEvent: (event) => ready.push(event),
    onRetry: (retryMs) => (place.retryMs = retryMs),
    onError: (error) => {
      // Unknown fields are ignored as the HTML standard says; only the bound matters.
      overflow ||= error.type === "max-buffer-size-exceeded";
    },
  });
  for await (const chunk of wholeLineEnds(body)) {
    feed(parser, chunk);
    const batch = ready;
    ready = [];
    for (const event of batch) {
      if (event.id !== undefined && event.id !== "") place.lastId = event.id;
      yield event;
    }
    if (overflow) {
      throw new FlotillaError(
        "message_too_large",
        `The worker sent an event over ${maxBytes} bytes.`,
        {
          data: { maxBytes },
        },
      );
    }
  }
}

/**
 * Keeps a carriage return at the end of a piece for the next one. The parser forgets that it may end a line by itself
 * (HTML, "parsing an event stream"), and would hold the event back.
 */
async function* wholeLineEnds(body: AsyncIterable<string>): AsyncGenerator<string> {
  let held = "";
  for await (const chunk of body) {
    const text = held + chunk;
    held = text.endsWith("\r") ? "\r" : "";
    yield held === "" ? text : text.slice(0, -1);
  }
  // One line end, whichever way it is read.
  if (held !== "") yield "\r\n";
}

function feed(parser: { feed(chunk: string): void }, chunk: string): void {
  try {
    parser.feed(chunk);
  } catch {
    // After an overflow the parser refuses more; `onError` has told us already.
  }
}

/** All of a body as text, or `message_too_large`. */
export async function readText(body: AsyncIterable<string>, maxBytes: number): Promise<string> {
  if (body instanceof WholeBody) return bounded(body.text, maxBytes);
  let text = "";
  for await (const chunk of body) text = bounded(text + chunk, maxBytes);
  return text;
}

function bounded(text: string, maxBytes: number): string {
  if (text.length <= maxBytes) return text;
  throw new FlotillaError(
    "message_too_large",
    `The worker's answer is over the limit of ${maxBytes} bytes.`,
    {
      hint: "Ask for less, or raise limits.maxMessageBytes of this worker.",
      data: { maxBytes },
    },
  );
}
