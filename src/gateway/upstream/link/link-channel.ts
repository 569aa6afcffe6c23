/** Many calls over one message link: ids and progress tokens are this hop's own, stray and broken lines are survived. */
import { FlotillaError, messageOf } from "../../../protocol/errors.ts";
import {
  encodeError,
  encodeNotification,
  encodeRequest,
  encodeResult,
  parseMessage,
  type JsonRpcId,
  type WireMessage,
} from "../../../protocol/jsonrpc.ts";
import type { LinkClosed, MessageLink } from "../../../protocol/link.ts";
import { withProgressToken } from "../progress-token.ts";
import type { Telemetry } from "../../../telemetry/index.ts";
import {
  type Answer,
  type Channel,
  type ChannelEvents,
  type ChannelRequest,
  notSent,
} from "../contract.ts";

export interface LinkChannelOptions {
  link: MessageLink;
  events: ChannelEvents;
  telemetry: Telemetry;
  /** Larger answers fail their call with `message_too_large`. */
  maxMessageBytes: number;
  /** Requests under way at a time; more are refused with `overloaded`. */
  maxInFlight?: number;
  /** Unreadable lines in a row before the link is given up. */
  maxGarbage?: number;
}

interface Pending {
  request: ChannelRequest;
  resolve(answer: Answer): void;
  reject(error: FlotillaError): void;
  onAbort: (() => void) | undefined;
}

/** 4,096: far above any useful concurrency of one drone, small enough that a stuck one costs a few MiB. */
const MAX_IN_FLIGHT = 4_096;
/** A banner on stdout is common and short; a thousand lines without one message is a program that does not speak MCP. */
const MAX_GARBAGE = 1_000;
/** Requests of the worker answered at a time: questions may wait for people, so as many as calls are held open. */
const MAX_INCOMING = 1_024;

export function createLinkChannel(options: LinkChannelOptions): Channel {
  return new LinkChannel(options);
}

// A class, because a channel is identity and state: the tables of what is under way.
class LinkChannel implements Channel {
  readonly closed: Promise<LinkClosed>;
  readonly #options: LinkChannelOptions;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #end: FlotillaError | undefined;
  #garbage = 0;
  #incoming = 0;

  constructor(options: LinkChannelOptions) {
    this.#options = options;
    this.closed = options.link.closed.then((why) => {
      this.#finish(
        new FlotillaError("drone_lost", `The worker's connection ended: ${why.reason}.`, {
          retryable: true,
        }),
      );
      return why;
    });
    options.link.onMessage((text) => this.#receive(text));
  }

  request(request: ChannelRequest): Promise<Answer> {
    if (this.#end !== undefined) {
      return Promise.reject(notSent("drone_lost", this.#end.message, this.#end));
    }
    if (request.signal?.aborted)
      return Promise.reject(notSent("call_cancelled", "The call was cancelled."));
    if (this.#pending.size >= (this.#options.maxInFlight ?? MAX_IN_FLIGHT)) {
      return Promise.reject(notSent("overloaded", "The worker has too many calls under way."));
    }
    const id = this.#nextId++;
    const params =
      request.progress === true ? withProgressToken(request.params, id) : request.params;
    const text = encodeRequest(id, request.method, params);
    return new Promise<Answer>((resolve, reject) => {
      let onAbort: (() => void) | undefined;
      if (request.signal !== undefined) {
        onAbort = () => this.#cancel(id);
        request.signal.addEventListener("abort", onAbort, { once: true });
      }
      this.#pending.set(id, { request, resolve, reject, onAbort });
      this.#options.link.send(text).catch((cause: unknown) => {
        this.#take(id)?.reject(
          new FlotillaError("drone_lost", `The worker's connection broke: ${messageOf(cause)}`, {
            retryable: true,
            cause,
          }),
        );
      });
    });
  }

  async notify(method: string, params: Record<string, unknown>): Promise<void> {
    if (this.#end !== undefined) return;
    await this.#options.link.send(encodeNotification(method, params)).catch(ignore);
  }

  close(): void {
    this.#finish(
      new FlotillaError("drone_lost", "The connection to the worker was closed.", {
        retryable: true,
      }),
    );
    this.#options.link.close();
  }

  #finish(error: FlotillaError): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    for (const id of this.#pending.keys()) this.#take(id)?.reject(error);
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    if (pending.onAbort !== undefined) {
      pending.request.signal?.removeEventListener("abort", pending.onAbort);
    }
    return pending;
  }

  #cancel(id: number): void {
    const pending = this.#take(id);
    if (pending === undefined) return;
    if (pending.request.neverCancel !== true) {
      void this.notify("notifications/cancelled", { requestId: id, reason: "The caller gave up." });
    }
    pending.reject(new FlotillaError("call_cancelled", "The call was cancelled."));
  }

  #receive(text: string): void {
    if (this.#end !== undefined) return;
    let message: WireMessage;
    try {
      // Depth stays at the codec's default; size is judged per answer below, so that one large answer fails one call.
      message = parseMessage(text, { maxBytes: this.#options.maxMessageBytes * 2 });
    } catch {
      this.#receiveGarbage(text.length);
      return;
    }
    this.#garbage = 0;
    switch (message.kind) {
      case "result":
      case "error":
        return this.#settle(message, text.length);
      case "notification":
        return this.#route(message.method, message.params);
      case "request":
        return void this.#answer(message.id, message.method, message.params);
    }
  }

  #settle(message: WireMessage & { kind: "result" | "error" }, size: number): void {
    const pending = typeof message.id === "number" ? this.#take(message.id) : undefined;
    if (pending === undefined) {
      // The answer to a cancelled call, an answer given twice, or an id we never used.
      this.#options.telemetry.meter.count("upstream_stray_answers_total");
      return;
    }
    if (size > this.#options.maxMessageBytes) {
      pending.reject(tooLarge(size, this.#options.maxMessageBytes));
    } else if (message.kind === "result") {
      pending.resolve({ kind: "result", result: message.result });
    } else {
      pending.resolve({ kind: "error", error: message.error });
    }
  }

  #route(method: string, params: Record<string, unknown>): void {
    if (method === "notifications/progress") {
      const token = params["progressToken"];
      const owner = typeof token === "number" ? this.#pending.get(token) : undefined;
      if (owner?.request.progress === true) owner.request.onNotification?.(method, params);
      return;
    }
    this.#options.events.onNotification(method, params);
  }

  async #answer(id: JsonRpcId, method: string, params: Record<string, unknown>): Promise<void> {
    const { events, link } = this.#options;
    if (this.#incoming >= MAX_INCOMING) {
      await link
        .send(encodeError(id, { code: -32603, message: "Too many requests at a time." }))
        .catch(ignore);
      return;
    }
    this.#incoming += 1;
    try {
      const answer = await events.onRequest(method, params, id);
      const text =
        answer.kind === "result" ? encodeResult(id, answer.result) : encodeError(id, answer.error);
      await link.send(text).catch(ignore);
    } finally {
      this.#incoming -= 1;
    }
  }

  #receiveGarbage(bytes: number): void {
    const { telemetry, link } = this.#options;
    telemetry.meter.count("upstream_garbage_total");
    this.#garbage += 1;
    // The text itself is not logged: it may hold anything, a secret included.
    if (this.#garbage === 1)
      telemetry.log.warn("worker sent a line that is not a message", { bytes });
    if (this.#garbage < (this.#options.maxGarbage ?? MAX_GARBAGE)) return;
    telemetry.log.error("worker does not speak the protocol", { lines: this.#garbage });
    this.#finish(
      new FlotillaError(
        "drone_protocol",
        `The worker sent ${this.#garbage} lines that are no MCP messages.`,
        {
          hint: "Its standard output must carry MCP messages alone; send logs to standard error.",
        },
      ),
    );
    link.close();
  }
}

function tooLarge(bytes: number, maxBytes: number): FlotillaError {
  return new FlotillaError(
    "message_too_large",
    `The worker's answer of ${bytes} bytes is over the limit of ${maxBytes}.`,
    {
      hint: "Ask for less, or raise limits.maxMessageBytes of this worker.",
      data: { bytes, maxBytes },
    },
  );
}

function ignore(): void {}
