/** The event feed as Server-Sent Events. The reader's pace is the stream's pace: nothing piles up here. */
import type { FleetEvent } from "../../protocol/api.ts";
import type { EventFeed } from "../events/feed.ts";
import type { EventQuery } from "../events/merge.ts";

export function eventStreamResponse(options: {
  feed: EventFeed;
  query: EventQuery;
  /** Newest events sent first, when the reader does not resume. */
  backlog: number;
  signal: AbortSignal;
}): Response {
  const { feed, query, backlog } = options;
  const ended = new AbortController();
  const end = (): void => ended.abort();
  options.signal.addEventListener("abort", end, { once: true });
  if (options.signal.aborted) end();
  const events = feed.follow(query, backlog, ended.signal)[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      // Headers reach the reader at once, also through proxies that wait for the first byte.
      controller.enqueue(encoder.encode(": flotilla events\nretry: 1000\n\n"));
    },
    async pull(controller) {
      const next = await events.next();
      if (next.done === true) return controller.close();
      controller.enqueue(encoder.encode(encodeBatch(next.value)));
    },
    cancel: end,
  });
  const headers = {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  };
  return new Response(body, { headers });
}

/** No events: a comment that keeps the connection and everything between alive (HTML §9.2.7). */
function encodeBatch(events: readonly FleetEvent[]): string {
  if (events.length === 0) return ": keep-alive\n\n";
  return events.map((event) => `id: ${event.offset}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}
