/**
 * The fast lane: serves plain JSON calls straight from their sockets. A connection stays on the lane while every
 * request on it is in the strict subset of `strict-head.ts` and is one the front wants to read; the first that is not
 * moves the connection, with its unread bytes, to the platform's HTTP server for good. Nothing ambiguous is ever
 * interpreted here.
 */
import { Buffer, isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import type { Clock, Timer } from "../../protocol/clock.ts";
import { createTurnEnd, type TurnEnd, type Writing } from "../turn-end.node.ts";
import type { EventSink, FrontCore, HttpCall, Reply } from "../front/exchange.ts";
import { answerHead, chunkText, LAST_CHUNK, streamHead } from "./answer-bytes.ts";
import { MAX_HEAD_BYTES, readStrictHead, type StrictHead } from "./strict-head.ts";

export interface LaneOptions {
  core: FrontCore;
  clock: Clock;
  /** Takes a connection the lane does not serve; its unread bytes are back on it. */
  handOver(socket: Socket): void;
  /** For the rest of a body whose head has come. */
  bodyTimeoutMs: number;
  /** Without a request. */
  keepAliveMs: number;
  /** Told of every answer. */
  observe?: (path: string, status: number | "gone", durationMs: number) => void;
}

export interface Lane {
  accept(socket: Socket): void;
  /** Connections end after the call they serve; idle ones end now. */
  drain(): void;
  /** Connections on the lane. */
  size(): number;
  /** Ends all connections, calls or not. */
  close(): void;
}

/** Longer bodies are left to the platform's server, which reads them without holding two copies. */
const MAX_BODY_BYTES = 1024 * 1024;
/** What a client may send ahead of its answer before it is made to wait. */
const MAX_AHEAD_BYTES = 64 * 1024;
/** From here on a copy of an answer costs more than a write of its own. */
const LONG_BYTES = 16 * 1024;
const SWEEP_MS = 1_000;
const END_OF_HEAD = Buffer.from("\r\n\r\n", "latin1");

interface LaneContext extends LaneOptions {
  connections: Set<LaneConnection>;
  isDraining: boolean;
  date(): string;
  turnEnd: TurnEnd;
}

export function createLane(options: LaneOptions): Lane {
  const context: LaneContext = {
    ...options,
    connections: new Set(),
    isDraining: false,
    date: createDate(options.clock),
    turnEnd: createTurnEnd(),
  };
  let timer: Timer | undefined;
  const sweep = (): void => {
    const now = options.clock.monotonicMs();
    for (const connection of context.connections) connection.expire(now);
    timer = options.clock.after(SWEEP_MS, sweep);
  };
  timer = options.clock.after(SWEEP_MS, sweep);
  return {
    accept: (socket) => void context.connections.add(new LaneConnection(socket, context)),
    drain() {
      context.isDraining = true;
      for (const connection of context.connections) connection.endIfIdle();
    },
    size: () => context.connections.size,
    close() {
      timer?.cancel();
      context.turnEnd.flush();
      for (const connection of context.connections) connection.destroy();
    },
  };
}

/** A class because a connection is its state: what has come, and whether a call is under way. */
class LaneConnection implements Writing {
  readonly #socket: Socket;
  readonly #lane: LaneContext;
  #pending: Buffer = Buffer.alloc(0);
  #head: StrictHead | undefined;
  #headText = "";
  #path = "";
  /** Written at the end of the turn. */
  #unsent = "";
  #isUnsentAscii = true;
  #isEnding = false;
  #isBusy = false;
  #isStepping = false;
  #hasEnded = false;
  /** Since when the connection waits for what it waits for. */
  #sinceMs: number;
  #gone: (() => void) | undefined;

  readonly #onData = (chunk: Buffer): void => {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    if (!this.#isBusy) this.#step();
    else if (this.#pending.length > MAX_AHEAD_BYTES) this.#socket.pause();
  };
  /** As with `node:http`, a client that closes its half has gone. */
  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    this.#end();
  };
  readonly #onClose = (): void => {
    this.#lane.connections.delete(this);
    const gone = this.#gone;
    this.#gone = undefined;
    if (this.#isBusy) {
      this.#lane.observe?.(this.#path, "gone", this.#lane.clock.monotonicMs() - this.#sinceMs);
    }
    gone?.();
  };
  readonly #onError = (): void => this.destroy();

  constructor(socket: Socket, lane: LaneContext) {
    this.#socket = socket;
    this.#lane = lane;
    this.#sinceMs = lane.clock.monotonicMs();
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("close", this.#onClose);
    socket.on("error", this.#onError);
  }

  expire(nowMs: number): void {
    if (this.#isBusy) return;
    const isIdle = this.#pending.length === 0;
    const allowedMs = isIdle ? this.#lane.keepAliveMs : this.#lane.bodyTimeoutMs;
    if (nowMs - this.#sinceMs < allowedMs) return;
    if (isIdle) this.#end();
    else this.destroy();
  }

  endIfIdle(): void {
    if (!this.#isBusy && this.#pending.length === 0) this.#end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Serves what has come, one call at a time; never re-enters itself when an answer is immediate. */
  #step(): void {
    if (this.#isStepping) return;
    this.#isStepping = true;
    while (!this.#isBusy && this.#pending.length > 0 && !this.#socket.destroyed) {
      if (!this.#serveNext()) break;
    }
    this.#isStepping = false;
  }

  /** False when the connection waits for bytes, or is no longer ours. */
  #serveNext(): boolean {
    const pending = this.#pending;
    const headBytes = pending.indexOf(END_OF_HEAD) + END_OF_HEAD.length;
    if (headBytes < END_OF_HEAD.length || headBytes > MAX_HEAD_BYTES) return this.#handOver();
    const head = this.#readHead(pending.toString("latin1", 0, headBytes));
    if (head === undefined || head.contentLength > MAX_BODY_BYTES) return this.#handOver();
    const call = this.#callOf(head);
    const plan = this.#lane.core.plan(call);
    if (plan.kind !== "read" || head.contentLength > plan.maxBytes) return this.#handOver();
    const total = headBytes + head.contentLength;
    if (pending.length < total) return false;
    this.#pending = pending.subarray(total);
    this.#isBusy = true;
    this.#path = call.path;
    this.#sinceMs = this.#lane.clock.monotonicMs();
    const body = pending.subarray(headBytes, total);
    const reply = this.#createReply();
    if (isUtf8(body)) this.#lane.core.run(call, body.toString("utf8"), reply);
    else reply.send(this.#lane.core.refuseBody("not_utf8"));
    return true;
  }

  /** Clients that keep a connection send nearly the same head again; the very same one is not read twice. */
  #readHead(text: string): StrictHead | undefined {
    if (text !== this.#headText) {
      this.#head = readStrictHead(text);
      this.#headText = text;
    }
    return this.#head;
  }

  #callOf(head: StrictHead): HttpCall {
    return {
      method: "POST",
      path: head.path,
      query: head.query,
      header: (name) => head.headers.get(name),
      onGone: (listener) => {
        if (this.#socket.destroyed) listener();
        else this.#gone = listener;
      },
    };
  }

  #createReply(): Reply {
    let isUsed = false;
    const use = (): boolean => {
      const isFirst = !isUsed && !this.#socket.destroyed;
      isUsed = true;
      return isFirst;
    };
    return {
      send: (answer) => {
        if (!use()) return;
        const head = { date: this.#lane.date(), isLast: this.#lane.isDraining };
        const bytes = Buffer.byteLength(answer.body);
        const text = answerHead(answer, bytes, head);
        // As many bytes as characters means ASCII, which need not be encoded.
        const isAscii = bytes === answer.body.length;
        if (bytes < LONG_BYTES) this.#write(text + answer.body, isAscii);
        else this.#writeLong(text, answer.body, isAscii ? "latin1" : "utf8");
        this.#finish(answer.status, head.isLast);
      },
      stream: (headers) => {
        if (!use()) return CLOSED_SINK;
        const head = { date: this.#lane.date(), isLast: this.#lane.isDraining };
        this.#write(streamHead(headers, head), false);
        return this.#createSink(head.isLast);
      },
    };
  }

  #createSink(isLast: boolean): EventSink {
    const socket = this.#socket;
    let isOpen = true;
    return {
      write: (text) => {
        if (isOpen) this.#write(chunkText(text, Buffer.byteLength(text)), false);
      },
      backlog: () => socket.writableLength + this.#unsent.length,
      end: () => {
        if (!isOpen || socket.destroyed) return;
        isOpen = false;
        this.#write(LAST_CHUNK, true);
        this.#finish(200, isLast);
      },
    };
  }

  #write(text: string, isAscii: boolean): void {
    if (this.#unsent === "") this.#lane.turnEnd.add(this);
    this.#unsent += text;
    this.#isUnsentAscii &&= isAscii;
  }

  /** Not made one text of with what stands before it: that would copy it once more. */
  #writeLong(head: string, body: string, encoding: "latin1" | "utf8"): void {
    this.writeNow();
    this.#socket.cork();
    this.#socket.write(head, "latin1");
    this.#socket.write(body, encoding);
    this.#socket.uncork();
  }

  writeNow(): void {
    const text = this.#unsent;
    // What is known to be ASCII need not be encoded.
    const encoding = this.#isUnsentAscii ? "latin1" : "utf8";
    this.#unsent = "";
    this.#isUnsentAscii = true;
    if (this.#socket.destroyed) return;
    if (text !== "") this.#socket.write(text, encoding);
    if (this.#isEnding) this.#socket.end();
  }

  #end(): void {
    this.#isEnding = true;
    this.writeNow();
  }

  #finish(status: number, isLast: boolean): void {
    const now = this.#lane.clock.monotonicMs();
    this.#lane.observe?.(this.#path, status, now - this.#sinceMs);
    this.#gone = undefined;
    this.#isBusy = false;
    this.#sinceMs = now;
    if (isLast || this.#lane.isDraining) return this.#end();
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#step();
  }

  #handOver(): false {
    const socket = this.#socket;
    // Answers of ours come before those of the next owner.
    this.writeNow();
    this.#lane.connections.delete(this);
    socket.off("data", this.#onData);
    socket.off("end", this.#onEnd);
    socket.off("close", this.#onClose);
    socket.off("error", this.#onError);
    // Nothing can be put back on a stream that has ended; half a request would be refused anyway.
    if (this.#hasEnded) {
      socket.destroy();
      return false;
    }
    socket.pause();
    socket.unshift(this.#pending);
    this.#pending = Buffer.alloc(0);
    this.#lane.handOver(socket);
    socket.resume();
    return false;
  }
}

const CLOSED_SINK: EventSink = { write: () => {}, backlog: () => 0, end: () => {} };

/** An HTTP date is a second long; it is made once a second. */
function createDate(clock: Clock): () => string {
  let second = -1;
  let text = "";
  return () => {
    const now = Math.floor(clock.now() / 1_000);
    if (now !== second) {
      second = now;
      text = new Date(now * 1_000).toUTCString();
    }
    return text;
  };
}
