/** Many calls over one message link: ids and progress tokens are this hop's own, stray and broken lines are survived. */
import { FlotillaError, messageOf } from "../../../protocol/errors.ts";
import {
  encodeError,
  encodeNotification,
  encodeResult,
  parseMessage,
  type JsonRpcId,
  type ResultFacts,
  type WireMessage,
} from "../../../protocol/jsonrpc.ts";
import type { LinkClosed, MessageLink } from "../../../protocol/link.ts";
import { createBag } from "../../bag.ts";
import { requestText } from "../request-text.ts";
import type { Telemetry } from "../../../telemetry/index.ts";
import {
  type Answer,
  type Channel,
  type ChannelEvents,
  type ChannelRequest,
  notSent,
} from "../contract.ts";
import { idOfOversize } from "./oversize.ts";

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

interface Ways {
  resolve(answer: Answer): void;
  reject(error: FlotillaError): void;
  giveUp(id: number): void;
}

/** Its own listener: a closure per call that leads back to the call was measured to keep calls in memory. */
class Pending {
  id = 0;
  readonly request: ChannelRequest;
  readonly #ways: Ways;

  constructor(request: ChannelRequest, ways: Ways) {
    this.request = request;
    this.#ways = ways;
  }

  resolve(answer: Answer): void {
    this.#ways.resolve(answer);
  }

  reject(error: FlotillaError): void {
    this.#ways.reject(error);
  }

  handleEvent(): void {
    this.#ways.giveUp(this.id);
  }
}

/** 4,096: far above any useful concurrency of one drone, small enough that a stuck one costs a few MiB. */
const MAX_IN_FLIGHT = 4_096;
/** A banner on stdout is common and short; a thousand lines without one message is a program that does not speak MCP. */
const MAX_GARBAGE = 1_000;
/** At least `MAX_IN_FLIGHT`; an id is its round and its place, and stays within the 32 bits of a frame's. */
const PLACES = 4_096;
const MAX_ROUND = 2 ** 20 - 1;
const STRAY = "upstream_stray_answers_total";
const COMPLETE: ResultFacts = { type: "complete", isError: false };
const FAILED: ResultFacts = { type: "complete", isError: true };
/** Requests of the worker answered at a time: questions may wait for people, so as many as calls are held open. */
const MAX_INCOMING = 1_024;

export function createLinkChannel(options: LinkChannelOptions): Channel {
  return new LinkChannel(options);
}

// A class, because a channel is identity and state: the tables of what is under way.
class LinkChannel implements Channel {
  readonly closed: Promise<LinkClosed>;
  readonly #options: LinkChannelOptions;
  readonly #pending = createBag<Pending>();
  #round = 0;
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
    options.link.onResult?.((id, text, isError) => this.#receiveResult(id, text, isError));
  }

  request(request: ChannelRequest): Promise<Answer> {
    if (this.#end !== undefined) {
      return Promise.reject(notSent("drone_lost", this.#end.message, this.#end));
    }
    const { signal } = request;
    if (signal?.aborted === true)
      return Promise.reject(notSent("call_cancelled", "The call was cancelled."));
    if (this.#pending.size >= (this.#options.maxInFlight ?? MAX_IN_FLIGHT)) {
      return Promise.reject(notSent("overloaded", "The worker has too many calls under way."));
    }
    return new Promise<Answer>((resolve, reject) => {
      const pending = new Pending(request, { resolve, reject, giveUp: this.#giveUp });
      const id = this.#idFor(this.#pending.add(pending));
      pending.id = id;
      signal?.addEventListener("abort", pending);
      this.#options.link
        .send(requestText(id, request))
        .catch((cause: unknown) => this.#broke(id, cause));
    });
  }

  /** Tells the place, and is not used again before a million others were: a late answer finds nobody. */
  #idFor(place: number): number {
    this.#round = (this.#round % MAX_ROUND) + 1;
    return this.#round * PLACES + place;
  }

  #find(id: JsonRpcId | null): Pending | undefined {
    const pending =
      typeof id === "number" && id >= PLACES ? this.#pending.at(id % PLACES) : undefined;
    return pending?.id === id ? pending : undefined;
  }

  #broke(id: number, cause: unknown): void {
    this.#take(id)?.reject(
      new FlotillaError("drone_lost", `The worker's connection broke: ${messageOf(cause)}`, {
        retryable: true,
        cause,
      }),
    );
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
    for (const { id } of this.#pending) this.#take(id)?.reject(error);
  }

  #take(id: JsonRpcId | null): Pending | undefined {
    const pending = this.#find(id);
    if (pending === undefined) return undefined;
    this.#pending.remove(pending.id % PLACES);
    pending.request.signal?.removeEventListener("abort", pending);
    return pending;
  }

  readonly #giveUp = (id: number): void => this.#cancel(id);

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
      const { maxMessageBytes } = this.#options;
      const id = text.length > maxMessageBytes ? idOfOversize(text) : undefined;
      const pending = id === undefined ? undefined : this.#take(id);
      if (pending === undefined) this.#receiveGarbage(text.length);
      else pending.reject(tooLarge(text.length, maxMessageBytes));
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

  /**
   * The envelope is ours, the result is not: any program may say that it writes frames, and what is no JSON would break
   * out of the answer it is put into.
   */
  #receiveResult(id: number, text: string, isError: boolean): void {
    const pending = this.#take(id);
    if (pending === undefined) return this.#options.telemetry.meter.count(STRAY);
    if (text.length > this.#options.maxMessageBytes) {
      return pending.reject(tooLarge(text.length, this.#options.maxMessageBytes));
    }
    if (!isJsonObject(text)) return pending.reject(notJson());
    pending.resolve({ kind: "result", result: { text, facts: isError ? FAILED : COMPLETE } });
  }

  #settle(message: WireMessage & { kind: "result" | "error" }, size: number): void {
    const pending = this.#take(message.id);
    if (pending === undefined) {
      // The answer to a cancelled call, an answer given twice, or an id we never used.
      this.#options.telemetry.meter.count(STRAY);
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
      const owner = typeof token === "number" ? this.#find(token) : undefined;
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

function isJsonObject(text: string): boolean {
  if (!text.startsWith("{")) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const notJson = (): FlotillaError =>
  new FlotillaError("drone_protocol", "The worker answered with something that is not JSON.");

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
