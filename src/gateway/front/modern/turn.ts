/**
 * One modern call's answer: plain JSON until something has to be said before the result, a stream from then on.
 */
import type { EventSink, Reply } from "../exchange.ts";
import { SSE_KEEP_ALIVE, sseEvent } from "../exchange.ts";
import type { Accepts } from "../accept.ts";
import type { FrontLimits } from "../limits.ts";

export interface Turn {
  /** Sends a notification, or leaves it out when the client cannot take it (no stream, too slow). */
  notify: (text: string) => void;
  /** The last word. */
  finish(status: number, text: string, headers?: Readonly<Record<string, string>>): void;
  /** To be called about every keep-alive period. */
  beat: () => void;
}

export function createTurn(reply: Reply, accepts: Accepts, limits: FrontLimits): Turn {
  let sink: EventSink | undefined;
  let isDone = false;
  let beats = 0;
  const open = (): EventSink => (sink ??= reply.stream());
  return {
    notify(text) {
      if (isDone || !accepts.sse) return;
      const stream = open();
      // Progress and logs are worth nothing late; the result always goes out.
      if (stream.backlog() <= limits.softBacklogBytes) stream.write(sseEvent(text));
    },
    finish(status, text, headers) {
      if (isDone) return;
      isDone = true;
      if (sink === undefined && accepts.json) {
        reply.send(
          headers === undefined ? { status, body: text } : { status, body: text, headers },
        );
        return;
      }
      const stream = open();
      stream.write(sseEvent(text));
      stream.end();
    },
    beat() {
      beats += 1;
      // The first beat may come right after the request: only a call silent for a whole period needs a sign of life.
      if (isDone || !accepts.sse || (sink === undefined && beats < 2)) return;
      const stream = open();
      if (stream.backlog() <= limits.softBacklogBytes) stream.write(SSE_KEEP_ALIVE);
    },
  };
}
