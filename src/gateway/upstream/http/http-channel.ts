/** JSON-RPC over Streamable HTTP, both eras: one POST per request, answered in JSON or on an event stream. */
import { createBag } from "../../bag.ts";
import {
  asAbortSignal,
  type CallAbort,
  type CallSignal,
  createCallAbort,
} from "../../call-signal.ts";
import type { Clock } from "../../../protocol/clock.ts";
import { FlotillaError } from "../../../protocol/errors.ts";
import { HEADER } from "../../../protocol/headers.ts";
import {
  encodeError,
  encodeNotification,
  encodeResult,
  parseMessage,
  type JsonRpcId,
  type WireMessage,
} from "../../../protocol/jsonrpc.ts";
import type { LinkClosed } from "../../../protocol/link.ts";
import type { Telemetry } from "../../../telemetry/index.ts";
import {
  type Answer,
  type Channel,
  type ChannelEvents,
  type ChannelRequest,
  notSent,
} from "../contract.ts";
import { requestText } from "../request-text.ts";
import type { HttpAnswer, HttpClient } from "./http-client.ts";
import { refusal } from "./refusal.ts";
import { readResumed } from "./resume.ts";
import { readSse, readText } from "./sse-reader.ts";

export interface HttpChannelOptions {
  clock: Clock;
  http: HttpClient;
  url: string;
  /** Secret headers of the worker; on every request. */
  headers: Record<string, string>;
  events: ChannelEvents;
  telemetry: Telemetry;
  maxMessageBytes: number;
}

/** What a legacy session adds to each request; the modern era has none of it. */
interface SessionState {
  id?: string;
  version?: string;
}

export interface HttpChannel extends Channel {
  readonly session: SessionState;
  /** The standing stream of a legacy session. Resolves false when the server offers none, true when it ended. */
  hearStanding(signal: AbortSignal): Promise<boolean>;
  /** Tells a legacy server that the session is over. Best effort. */
  endSession(): Promise<void>;
}

/** As for links: far above any useful concurrency, and a bound on what a stuck server can hold. */
const MAX_IN_FLIGHT = 4_096;
/** Bodies that nobody reads: acceptances, error pages. */
const MAX_IGNORED_BYTES = 65_536;

export function createHttpChannel(options: HttpChannelOptions): HttpChannel {
  return new StreamableChannel(options);
}

// A class, because a channel is identity and state: the session and the life of its streams.
class StreamableChannel implements HttpChannel {
  readonly session: SessionState = {};
  readonly closed: Promise<LinkClosed>;
  readonly #options: HttpChannelOptions;
  readonly #life = new AbortController();
  readonly #calls = createBag<CallAbort>();
  readonly #resolveClosed: (why: LinkClosed) => void;
  #nextId = 1;
  #inFlight = 0;

  constructor(options: HttpChannelOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<LinkClosed>();
    this.closed = promise;
    this.#resolveClosed = resolve;
  }

  async request(asked: ChannelRequest): Promise<Answer> {
    const life = this.#life.signal;
    if (life.aborted) throw notSent("drone_lost", "The connection to the worker was closed.");
    if (asked.signal?.aborted) throw notSent("call_cancelled", "The call was cancelled.");
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      throw notSent("overloaded", "The worker has too many calls under way.");
    }
    this.#inFlight += 1;
    const id = this.#nextId++;
    // `AbortSignal.any` with a signal that lives long costs more than the rest of a call, and keeps calls in memory.
    const abort = createCallAbort();
    const place = this.#calls.add(abort);
    const giveUp = (): void => abort.abort();
    asked.signal?.addEventListener("abort", giveUp, { once: true });
    const { signal } = abort;
    try {
      const hadSession = this.session.id !== undefined;
      const answer = await this.#post(requestText(id, asked), signal, asked.headers);
      if (answer.status !== 200) {
        return await refusal(answer, { hadSession, maxBytes: this.#options.maxMessageBytes });
      }
      // A server starts the session with the answer to `initialize` (2025-11-25 transports, session management).
      const started = answer.headers[HEADER.sessionId];
      if (asked.method === "initialize" && started !== undefined) this.session.id = started;
      return await this.#readAnswer(answer, id, { asked, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
      // Closing the stream cancels in the modern era; a legacy server must be told (2025-11-25 utilities/cancellation).
      if (this.session.version !== undefined && asked.neverCancel !== true) {
        void this.notify("notifications/cancelled", { requestId: id });
      }
      throw life.aborted
        ? new FlotillaError("drone_lost", "The connection to the worker was closed.", {
            retryable: true,
          })
        : new FlotillaError("call_cancelled", "The call was cancelled.");
    } finally {
      asked.signal?.removeEventListener("abort", giveUp);
      this.#calls.remove(place);
      this.#inFlight -= 1;
    }
  }

  notify(method: string, params: Record<string, unknown>): Promise<void> {
    return this.#send(encodeNotification(method, params));
  }

  async hearStanding(signal: AbortSignal): Promise<boolean> {
    const answer = await this.#openStream(AbortSignal.any([signal, this.#life.signal]));
    if (answer === undefined) return false;
    for await (const event of readSse(answer.body, this.#options.maxMessageBytes)) {
      const message = this.#read(event.data);
      if (message !== undefined) this.#take(message, undefined);
    }
    return true;
  }

  async endSession(): Promise<void> {
    if (this.session.id === undefined) return;
    const { http, url } = this.#options;
    await http
      .request({ method: "DELETE", url, headers: this.#headers() })
      .then((answer) => readText(answer.body, MAX_IGNORED_BYTES))
      .catch(() => undefined);
  }

  close(): void {
    this.#life.abort();
    for (const call of this.#calls) call.abort();
    this.#resolveClosed({ reason: "closed by us" });
  }

  #headers(extra?: Record<string, string>): Record<string, string> {
    const { id, version } = this.session;
    return {
      ...this.#options.headers,
      ...(id === undefined ? {} : { [HEADER.sessionId]: id }),
      ...(version === undefined ? {} : { [HEADER.protocolVersion]: version }),
      ...extra,
    };
  }

  #post(body: string, signal: CallSignal, extra?: Record<string, string>): Promise<HttpAnswer> {
    const { http, url } = this.#options;
    const headers = this.#headers({
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      ...extra,
    });
    return http.request({ method: "POST", url, headers, body, signal });
  }

  /** Sends what has no answer. Best effort: a lost notification shows itself in the call it belongs to. */
  async #send(body: string): Promise<void> {
    try {
      const answer = await this.#post(body, this.#life.signal);
      await readText(answer.body, MAX_IGNORED_BYTES);
    } catch {
      this.#options.telemetry.meter.count("upstream_lost_notifications_total");
    }
  }

  async #readAnswer(
    answer: HttpAnswer,
    id: number,
    { asked, signal }: { asked: ChannelRequest; signal: CallSignal },
  ): Promise<Answer> {
    const { maxMessageBytes } = this.#options;
    if (isSse(answer)) {
      for await (const event of this.#events(answer, signal)) {
        const message = this.#read(event.data);
        const settled = message === undefined ? undefined : this.#take(message, id, asked);
        if (settled !== undefined) return settled;
      }
      throw new FlotillaError("drone_lost", "The worker ended its stream without an answer.", {
        retryable: true,
      });
    }
    const message = this.#read(await readText(answer.body, maxMessageBytes));
    const settled = message === undefined ? undefined : this.#take(message, id, asked);
    if (settled !== undefined) return settled;
    throw new FlotillaError("drone_protocol", "The worker's HTTP answer is no JSON-RPC response.", {
      hint: "Check that the URL is an MCP endpoint.",
    });
  }

  /** A modern stream that broke is lost (2026-07-28 streamable-http); a legacy one is taken up where it ended. */
  #events(answer: HttpAnswer, callSignal: CallSignal): AsyncGenerator<{ data: string }> {
    const { clock, maxMessageBytes } = this.#options;
    if (this.session.version === undefined) return readSse(answer.body, maxMessageBytes);
    const signal = asAbortSignal(callSignal);
    const reopen = (lastId: string): Promise<HttpAnswer | undefined> =>
      this.#openStream(signal, { [HEADER.lastEventId]: lastId });
    return readResumed(answer, { clock, maxMessageBytes, signal, reopen });
  }

  /** An event stream by GET; undefined when the server offers none. */
  async #openStream(
    signal: AbortSignal,
    extra?: Record<string, string>,
  ): Promise<HttpAnswer | undefined> {
    const { http, url } = this.#options;
    const headers = this.#headers({ accept: "text/event-stream", ...extra });
    const answer = await http.request({ method: "GET", url, headers, signal });
    if (answer.status === 200 && isSse(answer)) return answer;
    await readText(answer.body, MAX_IGNORED_BYTES).catch(() => "");
    return undefined;
  }

  /** The answer to request `id`; everything else on the stream is passed on. */
  #take(message: WireMessage, id: number | undefined, asked?: ChannelRequest): Answer | undefined {
    const { events } = this.#options;
    if (message.kind === "result") {
      return message.id === id ? { kind: "result", result: message.result } : undefined;
    }
    if (message.kind === "error") {
      // Null: the server could not read which request it refuses, and this stream carries only one.
      const isOurs = message.id === id || (message.id === null && id !== undefined);
      return isOurs ? { kind: "error", error: message.error } : undefined;
    }
    if (message.kind === "notification") {
      (asked?.onNotification ?? events.onNotification)(message.method, message.params);
    } else {
      const { id: theirs, method, params } = message;
      void this.#answer(theirs, (asked?.onRequest ?? events.onRequest)(method, params, theirs));
    }
    return undefined;
  }

  async #answer(id: JsonRpcId, answering: Answer | Promise<Answer>): Promise<void> {
    const answer = await answering;
    const { kind } = answer;
    await this.#send(
      kind === "result" ? encodeResult(id, answer.result) : encodeError(id, answer.error),
    );
  }

  #read(text: string): WireMessage | undefined {
    if (text === "") return undefined;
    const { telemetry, maxMessageBytes } = this.#options;
    try {
      // The text is bounded already; three bytes is the most one of its units can take.
      return parseMessage(text, { maxBytes: maxMessageBytes * 3 });
    } catch {
      telemetry.meter.count("upstream_garbage_total");
      telemetry.log.warn("worker sent a message that cannot be read", { bytes: text.length });
      return undefined;
    }
  }
}

function isSse(answer: HttpAnswer): boolean {
  return mediaType(answer) === "text/event-stream";
}

function mediaType(answer: HttpAnswer): string {
  return (answer.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
