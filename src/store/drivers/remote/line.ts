/**
 * The way to the process that holds the store: connected when first needed, and again after it broke. A request that
 * was under way when it broke fails, for nobody can say whether it was done; one that had not left waits, within bounds.
 */
import { type Clock, sleep } from "../../../protocol/clock.ts";
import { FlotillaError, isFlotillaError, messageOf } from "../../../protocol/errors.ts";
import type { MessageLink } from "../../../protocol/link.ts";
import { createPeer, type Peer, type PeerAnswer, type PeerCall } from "../../../protocol/peer.ts";
import { storeClosed } from "../../limits.ts";

export interface Line {
  request(call: PeerCall): Promise<PeerAnswer>;
  /** Resolves when there is a connection; undefined when the store was closed. */
  whenConnected(): Promise<Peer | undefined>;
  readonly isClosed: boolean;
  close(): void;
}

const FIRST_PAUSE_MS = 20;
const MAX_PAUSE_MS = 1_000;
/** Longer than a restart of the other process should take; shorter than any call's budget. */
const PATIENCE_MS = 5_000;

export function createLine(connect: () => Promise<MessageLink>, clock: Clock): Line {
  return new RepairedLine(connect, clock);
}

class RepairedLine implements Line {
  readonly #connect: () => Promise<MessageLink>;
  readonly #clock: Clock;
  readonly #life = new AbortController();
  #peer: Peer | undefined;
  #connecting: Promise<Peer | undefined> | undefined;

  constructor(connect: () => Promise<MessageLink>, clock: Clock) {
    this.#connect = connect;
    this.#clock = clock;
  }

  async request(call: PeerCall): Promise<PeerAnswer> {
    const giveUpMs = this.#clock.monotonicMs() + PATIENCE_MS;
    for (;;) {
      const peer = await this.#within(giveUpMs);
      try {
        return await peer.request(call);
      } catch (error) {
        if (!isFlotillaError(error) || error.code !== "fleet_unreachable") throw error;
        if (error.data?.["sent"] !== false || this.#life.signal.aborted) throw this.#away(error);
      }
    }
  }

  whenConnected(): Promise<Peer | undefined> {
    if (this.#life.signal.aborted) return Promise.resolve(undefined);
    if (this.#peer !== undefined) return Promise.resolve(this.#peer);
    this.#connecting ??= this.#reconnect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  get isClosed(): boolean {
    return this.#life.signal.aborted;
  }

  close(): void {
    this.#life.abort();
    this.#peer?.close();
  }

  async #within(giveUpMs: number): Promise<Peer> {
    if (this.#life.signal.aborted) throw storeClosed();
    if (this.#peer !== undefined) return this.#peer;
    const leftMs = giveUpMs - this.#clock.monotonicMs();
    const over = new AbortController();
    const late = sleep(this.#clock, Math.max(0, leftMs), over.signal).then(() => "late" as const);
    try {
      const peer = await Promise.race([this.whenConnected(), late]);
      if (peer === undefined) throw storeClosed();
      if (peer === "late") throw this.#away(undefined);
      return peer;
    } finally {
      over.abort();
    }
  }

  async #reconnect(): Promise<Peer | undefined> {
    const { signal } = this.#life;
    for (
      let pauseMs = FIRST_PAUSE_MS;
      !signal.aborted;
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)
    ) {
      try {
        const peer = createPeer(await this.#connect());
        if (signal.aborted) peer.close();
        else this.#keep(peer);
        return signal.aborted ? undefined : peer;
      } catch {
        await sleep(this.#clock, pauseMs, signal);
      }
    }
    return undefined;
  }

  #keep(peer: Peer): void {
    this.#peer = peer;
    void peer.closed.finally(() => {
      if (this.#peer === peer) this.#peer = undefined;
    });
  }

  #away(cause: unknown): FlotillaError {
    if (this.#life.signal.aborted) return storeClosed();
    const why = cause === undefined ? "it does not answer" : messageOf(cause);
    return new FlotillaError("store_unreadable", `The fleet's store cannot be reached: ${why}`, {
      retryable: true,
      hint: "The process that holds it may be restarting; try again.",
      cause,
    });
  }
}
