/**
 * Calls in both directions over one link between our own processes: store, owner of a drone, coordinator's API.
 * Not MCP. A message is one line of JSON, then, if a payload travels, a newline and the payload as it is: texts that
 * are only passed on are never parsed. The link must carry any text (`linkPair`, length-prefixed frames).
 */
import {
  FlotillaError,
  type FlotillaErrorCode,
  type FlotillaErrorOptions,
  isFlotillaError,
  messageOf,
} from "./errors.ts";
import type { LinkClosed, MessageLink } from "./link.ts";

export interface PeerCall {
  method: string;
  params?: unknown;
  /** Travels beside `params`, untouched. */
  raw?: string;
  /** Aborting tells the other side and rejects with `call_cancelled`. */
  signal?: AbortSignal;
  /** In order. What it returns is awaited before the sender hears that the event was taken. */
  onEvent?: (value: unknown) => void | Promise<void>;
}

export interface PeerAnswer {
  value?: unknown;
  raw?: string;
}

/** What the other side asks. */
export interface PeerAsked {
  method: string;
  params: unknown;
  raw: string | undefined;
  /** Aborts when the asker gave up or the link ended. */
  signal: AbortSignal;
  /** Resolves when the asker has taken the event; rejects when it is gone or takes nothing (`overloaded`). */
  emit: (value: unknown) => Promise<void>;
}

export type PeerServe = (asked: PeerAsked) => Promise<PeerAnswer>;

export interface Peer {
  /**
   * Rejects with the error of the other side, or `fleet_unreachable` when the link ends; then `data.sent` is false if
   * the request provably did not leave.
   */
  request(call: PeerCall): Promise<PeerAnswer>;
  readonly closed: Promise<LinkClosed>;
  close(): void;
}

/** Requests under way each way. Gateways bound their calls below it. */
const MAX_IN_FLIGHT = 16_384;
/** Events of one request that wait for the asker: beyond it they are refused, not kept. */
const MAX_UNTAKEN = 1_024;

type Frame =
  | ["q", number, string, unknown]
  | ["r", number, unknown]
  | ["x", number, EncodedError]
  | ["e", number, unknown]
  | ["a", number]
  | ["c", number];

interface Waiting {
  call: PeerCall;
  resolve(answer: PeerAnswer): void;
  reject(error: FlotillaError): void;
  onAbort: (() => void) | undefined;
  /** Events are handed on one after the other. */
  events: Promise<void>;
}

interface Serving {
  abort: AbortController;
  untaken: { resolve(): void; reject(error: FlotillaError): void }[];
}

export function createPeer(link: MessageLink, serve: PeerServe = refuse): Peer {
  return new LinkPeer(link, serve);
}

function refuse({ method }: PeerAsked): Promise<PeerAnswer> {
  return Promise.reject(new FlotillaError("not_supported", `Nobody serves ${method} here.`));
}

class LinkPeer implements Peer {
  readonly closed: Promise<LinkClosed>;
  readonly #link: MessageLink;
  readonly #serve: PeerServe;
  readonly #waiting = new Map<number, Waiting>();
  readonly #serving = new Map<number, Serving>();
  #nextId = 1;
  #ended: string | undefined;

  constructor(link: MessageLink, serve: PeerServe) {
    this.#link = link;
    this.#serve = serve;
    this.closed = link.closed.then((why) => {
      this.#end(why.reason);
      return why;
    });
    link.onMessage((text) => this.#receive(text));
  }

  request(call: PeerCall): Promise<PeerAnswer> {
    if (this.#ended !== undefined) return Promise.reject(lost(this.#ended, false));
    if (call.signal?.aborted === true) return Promise.reject(cancelled(false));
    if (this.#waiting.size >= MAX_IN_FLIGHT) {
      const data = { sent: false };
      return Promise.reject(
        new FlotillaError("overloaded", "Too many requests are under way.", {
          retryable: true,
          data,
        }),
      );
    }
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const onAbort = call.signal === undefined ? undefined : (): void => this.#giveUp(id);
      this.#waiting.set(id, { call, resolve, reject, onAbort, events: Promise.resolve() });
      if (onAbort !== undefined) call.signal?.addEventListener("abort", onAbort, { once: true });
      this.#send(["q", id, call.method, call.params ?? null], call.raw);
    });
  }

  close(): void {
    this.#end("closed by us");
    this.#link.close();
  }

  #send(frame: Frame, raw?: string): void {
    const head = JSON.stringify(frame);
    // A link that ended says so through `closed`, which settles everything.
    this.#link.send(raw === undefined ? head : `${head}\n${raw}`).catch(() => {});
  }

  #end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    for (const id of this.#waiting.keys()) this.#take(id)?.reject(lost(reason, true));
    for (const serving of this.#serving.values()) this.#stop(serving);
    this.#serving.clear();
  }

  #stop({ abort, untaken }: Serving): void {
    abort.abort();
    for (const each of untaken.splice(0)) each.reject(cancelled(true));
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(id);
    if (waiting.onAbort !== undefined) {
      waiting.call.signal?.removeEventListener("abort", waiting.onAbort);
    }
    return waiting;
  }

  #giveUp(id: number): void {
    const waiting = this.#take(id);
    if (waiting === undefined) return;
    this.#send(["c", id]);
    waiting.reject(cancelled(true));
  }

  #receive(text: string): void {
    if (this.#ended !== undefined) return;
    const at = text.indexOf("\n");
    const raw = at < 0 ? undefined : text.slice(at + 1);
    let frame: Frame;
    try {
      // Only our own processes are at the other end; what is no frame ends the link.
      frame = JSON.parse(at < 0 ? text : text.slice(0, at));
      this.#act(frame, raw);
    } catch {
      this.#end("the other side sent no message of ours");
      this.#link.close();
    }
  }

  #act(frame: Frame, raw: string | undefined): void {
    switch (frame[0]) {
      case "q":
        return void this.#answer(frame[1], { method: frame[2], params: frame[3], raw });
      case "r":
        return this.#settle(frame[1], (waiting) => {
          waiting.resolve({ value: frame[2], ...(raw === undefined ? {} : { raw }) });
        });
      case "x":
        return this.#settle(frame[1], (waiting) => waiting.reject(decodeError(frame[2])));
      case "e":
        return this.#hear(frame[1], frame[2]);
      case "a":
        return this.#serving.get(frame[1])?.untaken.shift()?.resolve();
      case "c": {
        const serving = this.#serving.get(frame[1]);
        if (serving !== undefined) this.#stop(serving);
        return undefined;
      }
    }
  }

  /** After the events that came before it, so that no answer overtakes what belongs to it. */
  #settle(id: number, settle: (waiting: Waiting) => void): void {
    const waiting = this.#take(id);
    if (waiting === undefined) return;
    if (waiting.call.onEvent === undefined) settle(waiting);
    else void waiting.events.then(() => settle(waiting));
  }

  #hear(id: number, value: unknown): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    waiting.events = waiting.events.then(async () => {
      try {
        await waiting.call.onEvent?.(value);
      } catch {
        // A listener's failure is the listener's; the stream goes on.
      }
      this.#send(["a", id]);
      return undefined;
    });
  }

  async #answer(id: number, asked: Pick<PeerAsked, "method" | "params" | "raw">): Promise<void> {
    if (this.#serving.size >= MAX_IN_FLIGHT) {
      const busy = new FlotillaError("overloaded", "Too many requests are under way.", {
        retryable: true,
        data: { sent: false },
      });
      return this.#send(["x", id, encodeError(busy)]);
    }
    const serving: Serving = { abort: new AbortController(), untaken: [] };
    this.#serving.set(id, serving);
    const { signal } = serving.abort;
    try {
      const emit = (value: unknown): Promise<void> => this.#emit(id, serving, value);
      const { value, raw } = await this.#serve({ ...asked, signal, emit });
      this.#send(["r", id, value ?? null], raw);
    } catch (error) {
      this.#send(["x", id, encodeError(error)]);
    } finally {
      this.#serving.delete(id);
      for (const each of serving.untaken.splice(0)) each.resolve();
    }
  }

  #emit(id: number, serving: Serving, value: unknown): Promise<void> {
    if (serving.abort.signal.aborted) return Promise.reject(cancelled(true));
    if (serving.untaken.length >= MAX_UNTAKEN) {
      return Promise.reject(new FlotillaError("overloaded", "The asker takes no events."));
    }
    return new Promise((resolve, reject) => {
      serving.untaken.push({ resolve, reject });
      this.#send(["e", id, value]);
    });
  }
}

interface EncodedError extends FlotillaErrorOptions {
  code: FlotillaErrorCode;
  message: string;
}

function encodeError(error: unknown): EncodedError {
  if (!isFlotillaError(error)) return { code: "internal", message: messageOf(error) };
  const { code, message, retryable, retryAfterMs, hint, data } = error;
  return {
    code,
    message,
    retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(hint === undefined ? {} : { hint }),
    ...(data === undefined ? {} : { data }),
  };
}

function decodeError({ code, message, ...options }: EncodedError): FlotillaError {
  return new FlotillaError(code, message, options);
}

function cancelled(sent: boolean): FlotillaError {
  return new FlotillaError("call_cancelled", "The request was given up.", { data: { sent } });
}

function lost(reason: string, sent: boolean): FlotillaError {
  return new FlotillaError("fleet_unreachable", `The other process is gone: ${reason}.`, {
    retryable: true,
    data: { sent },
  });
}
