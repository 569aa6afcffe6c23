/**
 * `HttpClient` for workers that answer in plain JSON: their POSTs go over connections of our own, read in a strict subset of
 * HTTP/1.1. Everything else, and every address that has not shown yet that it answers so, is left to a full client.
 */
import { Buffer } from "node:buffer";
import type { Clock } from "../../../../protocol/clock.ts";
import { systemClock } from "../../../../protocol/system-clock.ts";
import { createTurnEnd } from "../../../turn-end.node.ts";
import { notSent } from "../../contract.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "../http-client.ts";
import { cancelled } from "../http-failure.ts";
import { Exchange } from "./exchange.ts";
import { createOriginPool, type OriginPool } from "./origin-pool.node.ts";
import { requestStart, requestText } from "./request-text.node.ts";
import { createShape, type Shape } from "./shape.ts";

export interface DirectHttpClientOptions {
  /** Does all that is not plain. Closed with this client. */
  general: HttpClient;
  clock?: Clock;
  /** To one origin at a time. */
  maxConnections?: number;
  connectTimeoutMs?: number;
}

/** One address that requests are sent to. */
interface Place {
  shape: Shape;
  origin: string;
  host: string;
  port: number;
  start: string;
  isPlainHttp: boolean;
}

/** Addresses remembered; the oldest is learned anew. */
const MAX_PLACES = 1_024;
/** Large enough that an answer of some 100 KB takes few reads. */
const READ_BYTES = 256 * 1024;

export function createDirectHttpClient(options: DirectHttpClientOptions): HttpClient {
  return new DirectHttpClient(options);
}

// A class, because a client is its state: what it knows of addresses, and the connections it holds.
class DirectHttpClient implements HttpClient {
  readonly #options: DirectHttpClientOptions;
  readonly #places = new Map<string, Place>();
  readonly #pools = new Map<string, OriginPool>();
  readonly #turnEnd = createTurnEnd();
  readonly #readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);
  #isClosed = false;

  constructor(options: DirectHttpClientOptions) {
    this.#options = options;
  }

  request(request: HttpRequest): Promise<HttpAnswer> {
    if (request.method !== "POST" || request.body === undefined)
      return this.#options.general.request(request);
    const place = this.#placeOf(request.url);
    const wire =
      place?.isPlainHttp === true && place.shape.isPlain()
        ? requestText(place.start, request)
        : undefined;
    if (place === undefined || wire === undefined) return this.#general(request, place);
    const { signal } = request;
    if (this.#isClosed) return Promise.reject(notSent("drone_lost", "The client is closed."));
    if (signal?.aborted === true) return Promise.reject(cancelled());
    const exchange = new Exchange({ ...wire, signal, surprised: place.shape.surprised });
    this.#poolOf(place).send(exchange);
    return exchange.answer;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const pool of this.#pools.values()) pool.close();
    this.#pools.clear();
    await this.#options.general.close();
  }

  async #general(request: HttpRequest, place: Place | undefined): Promise<HttpAnswer> {
    const answer = await this.#options.general.request(request);
    place?.shape.saw(answer);
    return answer;
  }

  /** Undefined for what is no URL; the full client says so. */
  #placeOf(url: string): Place | undefined {
    const known = this.#places.get(url);
    if (known !== undefined || !URL.canParse(url)) return known;
    const parsed = new URL(url);
    const place: Place = {
      shape: createShape(),
      origin: parsed.origin,
      host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: parsed.port === "" ? 80 : Number(parsed.port),
      start: requestStart(parsed),
      isPlainHttp: parsed.protocol === "http:",
    };
    const oldest = this.#places.keys().next();
    if (this.#places.size >= MAX_PLACES && oldest.done !== true) this.#places.delete(oldest.value);
    this.#places.set(url, place);
    return place;
  }

  #poolOf({ origin, host, port }: Place): OriginPool {
    const known = this.#pools.get(origin);
    if (known !== undefined) return known;
    const { clock = systemClock, maxConnections = 256, connectTimeoutMs = 10_000 } = this.#options;
    const pool = createOriginPool({
      host,
      port,
      clock,
      maxConnections,
      connectTimeoutMs,
      readBuffer: this.#readBuffer,
      turnEnd: this.#turnEnd,
      onEmpty: () => this.#pools.delete(origin),
    });
    this.#pools.set(origin, pool);
    return pool;
  }
}
