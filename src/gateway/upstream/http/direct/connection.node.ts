/**
 * One kept connection to a worker's server: a request, its answer, the next request. It reads answers of the strict
 * subset alone (`strict-answer.ts`); the first that is not goes on to the platform's parser, with all its bytes, and is
 * the last of the connection.
 */
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import type { Clock, Timer } from "../../../../protocol/clock.ts";
import type { TurnEnd, Writing } from "../../../turn-end.node.ts";
import { broken, cancelled, unreachable } from "../http-failure.ts";
import { WholeBody } from "../whole-body.ts";
import type { Exchange } from "./exchange.ts";
import { handOver, type HandedOver } from "./hand-over.node.ts";
import { MAX_HEAD_BYTES, type StrictAnswer } from "./strict-answer.ts";

export interface ConnectionOptions {
  host: string;
  port: number;
  clock: Clock;
  connectTimeoutMs: number;
  /** What all connections of a client read into, one after the other. */
  readBuffer: Buffer;
  turnEnd: TurnEnd;
  readHead(text: string): StrictAnswer | undefined;
  /** It may carry another request. */
  onFree(connection: Connection): void;
  /** It ended before anything of this request was written. */
  onUnsent(exchange: Exchange): void;
  /** It is gone. */
  onEnd(connection: Connection): void;
}

/** Longer answers are read as they come, within the caller's own bound. */
const MAX_WHOLE_BYTES = 4 * 1024 * 1024;
/** A server that has vanished without a word is noticed during a long call. */
const PROBE_AFTER_MS = 60_000;
const NOTHING = Buffer.alloc(0);

export class Connection implements Writing {
  keepAliveMs = 0;
  freeSinceMs = 0;
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  #connecting: Timer | undefined;
  #exchange: Exchange | undefined;
  #head: StrictAnswer | undefined;
  /** The part of the body that has come; made when the body comes in pieces. */
  #body: Buffer = NOTHING;
  #filled = 0;
  #foreign: HandedOver | undefined;
  #isConnected = false;
  #isWritten = false;
  #hasEnded = false;
  #failure: NodeJS.ErrnoException | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { host, port, readBuffer: buffer } = options;
    const socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: PROBE_AFTER_MS,
      onread: { buffer, callback: (bytes) => this.#read(bytes) },
    });
    this.#socket = socket;
    this.#connecting = options.clock.after(options.connectTimeoutMs, () => {
      this.#failure = Object.assign(new Error("no connection in time"), { code: "ETIMEDOUT" });
      socket.destroy();
    });
    socket.once("connect", () => {
      this.#isConnected = true;
      this.#connecting?.cancel();
    });
    socket.on("error", (error) => (this.#failure = error));
    socket.once("end", () => (this.#hasEnded = true));
    socket.once("close", () => this.#closed());
  }

  /** False when it cannot carry a request any more, though nobody has told yet. */
  isUsable(nowMs: number): boolean {
    return (
      !this.#hasEnded && !this.#socket.destroyed && nowMs - this.freeSinceMs < this.keepAliveMs
    );
  }

  send(exchange: Exchange): void {
    this.#exchange = exchange;
    exchange.onGivenUp = this.#giveUp;
    this.#isWritten = false;
    this.#options.turnEnd.add(this);
  }

  writeNow(): void {
    const exchange = this.#exchange;
    if (exchange === undefined || this.#socket.destroyed) return;
    // The server gave the connection up while it was idle: not a byte has left.
    if (this.#hasEnded) return this.end();
    this.#isWritten = true;
    this.#socket.write(exchange.text, exchange.isAscii ? "latin1" : "utf8");
  }

  end(): void {
    this.#socket.destroy();
  }

  readonly #giveUp = (exchange: Exchange): void => {
    exchange.reject(cancelled());
    this.end();
  };

  /** False makes the socket wait until it is resumed. */
  #read(bytes: number): boolean {
    const { readBuffer } = this.#options;
    if (this.#foreign !== undefined) return this.#foreign.take(copyOf(readBuffer, bytes));
    if (this.#exchange === undefined) {
      // Bytes that nobody asked for: whatever they are, the next answer could not be told from them.
      this.end();
      return false;
    }
    if (this.#head === undefined) this.#begin(this.#exchange, bytes);
    else this.#fill(this.#exchange, 0, bytes);
    return true;
  }

  #begin(exchange: Exchange, bytes: number): void {
    const { readBuffer } = this.#options;
    const text = readBuffer.toString("latin1", 0, Math.min(bytes, MAX_HEAD_BYTES));
    const headBytes = text.indexOf("\r\n\r\n") + 4;
    const head = headBytes < 4 ? undefined : this.#options.readHead(text.slice(0, headBytes));
    const total = headBytes + (head?.contentLength ?? 0);
    if (head === undefined || head.contentLength > MAX_WHOLE_BYTES)
      return this.#handOver(exchange, bytes);
    this.#head = head;
    if (bytes === total)
      return this.#finish(exchange, readBuffer.toString("utf8", headBytes, total));
    this.#body = Buffer.allocUnsafeSlow(head.contentLength);
    this.#filled = 0;
    this.#fill(exchange, headBytes, bytes);
  }

  #fill(exchange: Exchange, from: number, to: number): void {
    const body = this.#body;
    if (to - from > body.length - this.#filled) {
      this.#failure = new Error("more bytes than announced");
      return this.end();
    }
    this.#options.readBuffer.copy(body, this.#filled, from, to);
    this.#filled += to - from;
    if (this.#filled < body.length) return;
    this.#body = NOTHING;
    this.#finish(exchange, body.toString("utf8"));
  }

  #finish(exchange: Exchange, text: string): void {
    const { clock, onFree } = this.#options;
    const { status = 0, headers = {}, keepAliveMs = 0 } = this.#head ?? {};
    this.#exchange = undefined;
    this.#head = undefined;
    exchange.resolve({ status, headers, body: new WholeBody(text) });
    // An answer before the request was read to its end leaves the rest of that in the way of the next.
    const isSpent = keepAliveMs === 0 || this.#hasEnded || this.#socket.writableLength > 0;
    if (isSpent) return this.end();
    this.keepAliveMs = keepAliveMs;
    this.freeSinceMs = clock.monotonicMs();
    onFree(this);
  }

  #handOver(exchange: Exchange, bytes: number): void {
    this.#exchange = undefined;
    exchange.surprised();
    const first = copyOf(this.#options.readBuffer, bytes);
    this.#foreign = handOver({ socket: this.#socket, first, signal: exchange.signal });
    exchange.resolve(this.#foreign.answer);
  }

  #closed(): void {
    this.#connecting?.cancel();
    const failure = this.#failure;
    const reason = failure?.code ?? failure?.message ?? "closed before the answer was complete";
    this.#foreign?.ended(this.#hasEnded ? undefined : broken(reason, failure));
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (exchange?.isOver === false) this.#fail(exchange, reason);
    this.#options.onEnd(this);
  }

  #fail(exchange: Exchange, reason: string): void {
    if (!this.#isConnected) exchange.reject(unreachable(reason, this.#failure));
    else if (this.#isWritten) exchange.reject(broken(reason, this.#failure));
    else this.#options.onUnsent(exchange);
  }
}

function copyOf(buffer: Buffer, bytes: number): Buffer {
  return Buffer.from(buffer.subarray(0, bytes));
}
