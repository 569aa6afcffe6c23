/** Where what belongs to a legacy request goes: the answer to its POST, or the standing stream of an old session. */
import type { JsonRpcId } from "../../../protocol/jsonrpc.ts";
import type { Accepts } from "../accept.ts";
import type { Reply } from "../exchange.ts";
import type { Session } from "./session.ts";
import type { SessionStream } from "./streams.ts";

export interface Delivery {
  /** A notification that belongs to the request. */
  notify: (text: string) => void;
  /** A request of ours to the client, on behalf of this one. Never left out, however slow the client is. */
  ask: (text: string) => void;
  /**
   * The response. After a cancellation none is due and it is left out where that is possible: a client that has seen
   * an event id would otherwise come back for it for ever.
   */
  finish: (text: string, wasCancelled?: boolean) => void;
}

export interface PostDelivery extends Delivery {
  /** To be called about every keep-alive period. */
  beat: () => void;
  /** The client's connection broke. That is no cancellation (2025-11-25, transports): it may come back and resume. */
  lose: () => void;
}

export interface PostOptions {
  reply: Reply;
  accepts: Accepts;
  session: Session;
  /** How many responses make the answer complete; more than one only for a batch. */
  expected: number;
  isBatch: boolean;
  /** The request, when it is one. */
  about?: JsonRpcId;
  onDone(): void;
}

/** First version whose clients take an event without data. */
const PRIMES_SINCE = "2025-11-25";

export function createPostDelivery(options: PostOptions): PostDelivery {
  const { reply, session, expected, isBatch } = options;
  const texts: string[] = [];
  let finished = 0;
  let beats = 0;
  let isLost = false;
  let stream: SessionStream | undefined;
  const open = (): SessionStream => {
    if (stream !== undefined) return stream;
    stream = session.streams.open(reply.stream(), options.about);
    if (session.client.protocolVersion >= PRIMES_SINCE) stream.prime();
    if (isLost) stream.lose();
    for (const text of texts.splice(0)) stream.put(text);
    return stream;
  };
  const complete = (): void => {
    options.onDone();
    if (stream !== undefined) return stream.end();
    // No response is due for a cancelled request, and an event stream may end without one.
    if (texts.length === 0) return reply.stream().end();
    reply.send({ status: 200, body: isBatch ? `[${texts.join(",")}]` : texts.join("") });
  };
  return {
    notify(text) {
      if (finished >= expected || !options.accepts.sse) return;
      const target = open();
      if (!target.isSlow()) target.put(text);
    },
    ask(text) {
      if (finished < expected) open().put(text);
    },
    finish(text, wasCancelled = false) {
      if (finished >= expected) return;
      finished += 1;
      if (stream !== undefined) stream.put(text);
      else if (!wasCancelled) texts.push(text);
      if (finished === expected) complete();
    },
    beat() {
      beats += 1;
      // Once open, the session's own beat keeps the stream alive.
      if (stream === undefined && beats >= 2 && options.accepts.sse) open();
    },
    lose() {
      isLost = true;
      stream?.lose();
    },
  };
}

/** Everything goes out on the one stream that the client holds open (2024-11-05). */
export function createStandingDelivery(session: Session): Delivery {
  return {
    notify: (text) => session.streams.push(text),
    ask: (text) => session.streams.push(text),
    finish(text, wasCancelled = false) {
      if (!wasCancelled) session.streams.push(text);
    },
  };
}
