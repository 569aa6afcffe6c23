/** The connections to one origin: the one used last is used first, and what finds none free waits in line. */
import type { Buffer } from "node:buffer";
import type { Clock } from "../../../../protocol/clock.ts";
import type { TurnEnd } from "../../../turn-end.node.ts";
import { notSent } from "../../contract.ts";
import { broken, cancelled } from "../http-failure.ts";
import { Connection } from "./connection.node.ts";
import type { Exchange } from "./exchange.ts";
import { readStrictAnswer, type StrictAnswer } from "./strict-answer.ts";

export interface OriginPoolOptions {
  host: string;
  port: number;
  clock: Clock;
  maxConnections: number;
  connectTimeoutMs: number;
  readBuffer: Buffer;
  turnEnd: TurnEnd;
  /** Nothing is open and nobody waits. */
  onEmpty(): void;
}

const MAX_WAITING = 4_096;
const SWEEP_MS = 1_000;

export interface OriginPool {
  /** Settles the exchange, now or later. */
  send(exchange: Exchange): void;
  close(): void;
}

export function createOriginPool(options: OriginPoolOptions): OriginPool {
  return new Pool(options);
}

// A class, because a pool is its state: what is open, what is free, who waits.
class Pool implements OriginPool {
  readonly #options: OriginPoolOptions;
  readonly #open = new Set<Connection>();
  /** In the order in which they became free. */
  #free: Connection[] = [];
  #waiting: Exchange[] = [];
  #isSweeping = false;
  #isClosed = false;
  #headText = "";
  #head: StrictAnswer | undefined;

  constructor(options: OriginPoolOptions) {
    this.#options = options;
  }

  send(exchange: Exchange): void {
    if (this.#isClosed) return exchange.reject(broken("closed by us"));
    const { clock, maxConnections } = this.#options;
    const nowMs = clock.monotonicMs();
    for (let free = this.#free.pop(); free !== undefined; free = this.#free.pop()) {
      if (free.isUsable(nowMs)) return free.send(exchange);
      free.end();
    }
    if (this.#open.size < maxConnections) return this.#connect().send(exchange);
    if (this.#waiting.length >= MAX_WAITING) {
      return exchange.reject(
        notSent("overloaded", "Too many requests wait for a connection to the remote server."),
      );
    }
    exchange.onGivenUp = giveUpWaiting;
    this.#waiting.push(exchange);
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#open) connection.end();
    for (const exchange of this.#waiting.splice(0)) {
      if (!exchange.isOver) exchange.reject(broken("closed by us"));
    }
  }

  #connect(): Connection {
    const connection = new Connection({
      ...this.#options,
      readHead: this.#readHead,
      onFree: this.#onFree,
      onEnd: this.#onEnd,
      onUnsent: (exchange) => this.send(exchange),
    });
    this.#open.add(connection);
    return connection;
  }

  /** Servers write nearly the same head again; the very same one is not read twice. */
  readonly #readHead = (text: string): StrictAnswer | undefined => {
    if (text !== this.#headText) {
      this.#head = readStrictAnswer(text);
      this.#headText = text;
    }
    return this.#head;
  };

  readonly #onFree = (connection: Connection): void => {
    const next = this.#nextWaiting();
    if (next !== undefined) return connection.send(next);
    this.#free.push(connection);
    this.#sweepSoon();
  };

  readonly #onEnd = (connection: Connection): void => {
    this.#open.delete(connection);
    const at = this.#free.indexOf(connection);
    if (at >= 0) this.#free.splice(at, 1);
    if (this.#isClosed) return;
    const next = this.#nextWaiting();
    if (next !== undefined) this.#connect().send(next);
    else if (this.#open.size === 0) this.#options.onEmpty();
  };

  #nextWaiting(): Exchange | undefined {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (!next.isOver) return next;
    }
    return undefined;
  }

  #sweepSoon(): void {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    this.#options.clock.after(SWEEP_MS, () => {
      this.#isSweeping = false;
      const nowMs = this.#options.clock.monotonicMs();
      for (const connection of this.#free.filter((one) => !one.isUsable(nowMs))) connection.end();
      if (this.#free.length > 0) this.#sweepSoon();
    });
  }
}

function giveUpWaiting(exchange: Exchange): void {
  exchange.reject(cancelled());
}
