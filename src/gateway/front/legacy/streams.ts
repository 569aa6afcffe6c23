/**
 * The event streams of one legacy session, with a bounded memory, so that a client whose connection broke can resume
 * where it was (2025-11-25, transports, resumability). Nothing is allocated before the first event.
 */
import type { JsonRpcId } from "../../../protocol/jsonrpc.ts";
import type { EventSink } from "../exchange.ts";
import { SSE_KEEP_ALIVE, sseEvent } from "../exchange.ts";
import type { FrontLimits } from "../limits.ts";
import { formatEventId, parseEventId, STANDING } from "./session-event-id.ts";

export interface SessionStream {
  /** An event without data, so that the client knows where to resume before the first message. */
  prime(): void;
  put(text: string): void;
  /** True when the client takes too little: leave out what may be left out. */
  isSlow(): boolean;
  /** Nothing follows. */
  end(): void;
  /** The connection broke; events are kept for a resume. */
  lose(): void;
}

interface Kept {
  stream: number;
  seq: number;
  text: string;
}

interface State {
  number: number;
  about: JsonRpcId | undefined;
  seq: number;
  /** Newest last; only the standing stream has more than one. */
  sinks: EventSink[];
  hasEnded: boolean;
  /** Up to here a connection was there to take it. */
  sentSeq: number;
}

export interface StreamsOptions {
  limits: FrontLimits;
  /** The gateway that these streams live in, where there are several: event ids say it. */
  origin?: string;
  /** An answer is complete and nobody is there to take it. */
  onUnread?: (unread: Unread) => void;
}

/** What is left of a stream for its client to come back for. */
export interface Unread {
  stream: number;
  events: readonly { seq: number; text: string }[];
}

export class SessionStreams {
  readonly #limits: FrontLimits;
  readonly #origin: string;
  readonly #onUnread: StreamsOptions["onUnread"];
  #kept: Kept[] | undefined;
  #states: Map<number, State> | undefined;
  #keptBytes = 0;
  #nextNumber = STANDING + 1;

  constructor({ limits, origin, onUnread }: StreamsOptions) {
    this.#limits = limits;
    this.#origin = origin ?? "";
    this.#onUnread = onUnread;
  }

  /** A stream for the answer to one POST; `about` is the request it answers, when that is one. */
  open(sink: EventSink, about?: JsonRpcId): SessionStream {
    const state = this.#state(this.#nextNumber, about);
    this.#nextNumber += 1;
    state.sinks.push(sink);
    return {
      prime: () => sink.write(`id: ${this.#idOf(state, state.seq)}\ndata: \n\n`),
      put: (text) => this.#put(state, text),
      isSlow: () => (state.sinks.at(-1)?.backlog() ?? 0) > this.#limits.softBacklogBytes,
      end: () => this.#finish(state),
      lose: () => lose(state, sink),
    };
  }

  /** Sends something that belongs to no request, or keeps it until somebody listens. */
  push(text: string): void {
    this.#put(this.#state(STANDING), text);
  }

  /** Whether a GET with this last event id may have a connection. */
  hasRoom(lastEventId: string | undefined): boolean {
    return this.#wanted(lastEventId).state.sinks.length < this.#limits.maxStreamsPerSession;
  }

  /**
   * Serves a GET: with a last event id the broken stream goes on from there, otherwise the standing one. Returns what
   * to call when the connection breaks.
   */
  attach(sink: EventSink, lastEventId: string | undefined): () => void {
    const { state, after } = this.#wanted(lastEventId);
    for (const { stream, seq, text } of this.#kept ?? []) {
      if (stream === state.number && seq > after)
        sink.write(sseEvent(text, this.#idOf(state, seq)));
    }
    state.sentSeq = state.seq;
    if (state.hasEnded) sink.end();
    else state.sinks.push(sink);
    return () => lose(state, sink);
  }

  /** Whether somebody takes what belongs to no request. */
  get hasStanding(): boolean {
    return (this.#states?.get(STANDING)?.sinks.length ?? 0) > 0;
  }

  /** How many connections are open. */
  get connected(): number {
    let count = 0;
    for (const { sinks } of this.#states?.values() ?? []) count += sinks.length;
    return count;
  }

  /** Tells every connection that it is alive. */
  beat(): void {
    for (const { sinks } of this.#states?.values() ?? []) {
      for (const sink of sinks) {
        if (sink.backlog() <= this.#limits.softBacklogBytes) sink.write(SSE_KEEP_ALIVE);
      }
    }
  }

  /** Ends every connection; what is kept stays for a resume. */
  end(): void {
    for (const state of this.#states?.values() ?? [])
      for (const sink of state.sinks.splice(0)) sink.end();
  }

  #idOf({ number, about }: State, seq: number): string {
    return formatEventId({ stream: number, seq, origin: this.#origin, about });
  }

  #state(number: number, about?: JsonRpcId): State {
    const states = (this.#states ??= new Map());
    let state = states.get(number);
    if (state === undefined) {
      state = { number, about, seq: 0, sinks: [], hasEnded: false, sentSeq: 0 };
      states.set(number, state);
    }
    return state;
  }

  /** An id from before our memory begins leads to the standing stream: the best that is left. */
  #wanted(lastEventId: string | undefined): { state: State; after: number } {
    const from = lastEventId === undefined ? undefined : parseEventId(lastEventId);
    // Streams of other gateways have numbers of their own.
    const isOurs = from?.origin === this.#origin;
    const state = isOurs ? this.#states?.get(from.stream) : undefined;
    if (from !== undefined && state !== undefined) return { state, after: from.seq };
    const standing = this.#state(STANDING);
    return { state: standing, after: standing.sentSeq };
  }

  #put(state: State, text: string): void {
    state.seq += 1;
    this.#keep(state, text);
    const sink = state.sinks.at(-1);
    if (sink === undefined) return;
    if (sink.backlog() > this.#limits.hardBacklogBytes) {
      lose(state, sink);
      sink.end();
      return;
    }
    sink.write(sseEvent(text, this.#idOf(state, state.seq)));
    state.sentSeq = state.seq;
  }

  #keep(state: State, text: string): void {
    const kept = (this.#kept ??= []);
    kept.push({ stream: state.number, seq: state.seq, text });
    this.#keptBytes += text.length;
    const { maxReplayEvents, maxReplayBytes } = this.#limits;
    while (kept.length > maxReplayEvents || this.#keptBytes > maxReplayBytes) {
      const gone = kept.shift();
      if (gone === undefined) return;
      this.#keptBytes -= gone.text.length;
      const owner = this.#states?.get(gone.stream);
      if (owner?.hasEnded === true) this.#forget(owner);
    }
  }

  #finish(state: State): void {
    state.hasEnded = true;
    if (state.sinks.length === 0) {
      const events = this.#kept?.filter(({ stream }) => stream === state.number) ?? [];
      if (events.length > 0) this.#onUnread?.({ stream: state.number, events });
    }
    for (const sink of state.sinks.splice(0)) sink.end();
    this.#forget(state);
  }

  /** An ended stream of which nothing is kept cannot be resumed. */
  #forget(state: State): void {
    if (this.#kept?.some(({ stream }) => stream === state.number) !== true) {
      this.#states?.delete(state.number);
    }
  }
}

function lose(state: State, sink: EventSink): void {
  const at = state.sinks.indexOf(sink);
  if (at >= 0) state.sinks.splice(at, 1);
}
