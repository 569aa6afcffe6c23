/**
 * Answers of tools that say their answers may be kept. Bounded in bytes, gone with the process, and never holding what
 * is no plain answer: an error, a question, a task.
 */
import type { Clock } from "../../protocol/clock.ts";
import type { CacheRule } from "../../protocol/fleet.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { McpRequest } from "../call.ts";
import type { Forward, Forwarded, Target } from "../route/forward.ts";
import { isToolError } from "../route/outcome.ts";
import { resultTypeOf } from "../upstream/modern/modern-client.ts";

export interface ResultCacheOptions {
  clock: Clock;
  telemetry: Telemetry;
  maxBytes: number;
}

export interface CachedCall {
  request: McpRequest;
  target: Target;
  rule: CacheRule;
  run: Forward;
}

export interface ResultCache {
  call(given: CachedCall): Promise<Forwarded>;
  readonly bytes: number;
}

interface Entry {
  text: string;
  expiresMs: number;
  bytes: number;
}

/** Calls of the same thing at the same time are one call, which lasts as long as anybody waits for it. */
interface Flight {
  done: Promise<Forwarded>;
  waiting: Set<McpRequest>;
  end: AbortController;
}

/** A call with longer arguments is unlikely to be made again, and its key would cost more than its answer. */
const MAX_KEY_CHARS = 16 * 1024;
/** One answer may fill so much of the whole. */
const MAX_SHARE = 1 / 8;
/** What an entry costs beside its text, roughly. */
const ENTRY_BYTES = 200;

export function createResultCache(options: ResultCacheOptions): ResultCache {
  return new Cache(options);
}

class Cache implements ResultCache {
  readonly #options: ResultCacheOptions;
  /** In order of use, the oldest first. */
  readonly #entries = new Map<string, Entry>();
  readonly #flights = new Map<string, Flight>();
  #bytes = 0;

  constructor(options: ResultCacheOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async call(given: CachedCall): Promise<Forwarded> {
    const { request, target, run } = given;
    const key = keyOf(given);
    if (key === undefined) return run(request, target);
    const text = this.#get(key);
    const { meter } = this.#options.telemetry;
    const outcome = text === undefined ? "miss" : "hit";
    meter.count("result_cache_total", 1, { worker: target.worker.name, outcome });
    if (text !== undefined) return { outcome: { kind: "result", result: { text } } };
    let flight = this.#flights.get(key);
    if (flight === undefined || flight.end.signal.aborted) {
      flight = this.#take(given);
      this.#flights.set(key, flight);
      void this.#land(key, flight, given.rule);
    }
    return board(flight, request);
  }

  #take({ request, target, run }: CachedCall): Flight {
    const waiting = new Set<McpRequest>();
    const end = new AbortController();
    const notify: McpRequest["notify"] = (method, params) => {
      for (const one of waiting) one.notify(method, params);
    };
    const done = run({ ...request, signal: end.signal, notify }, target);
    return { done, waiting, end };
  }

  async #land(key: string, flight: Flight, rule: CacheRule): Promise<void> {
    const { outcome } = await flight.done;
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
    if (outcome.kind !== "result") return;
    const { text } = outcome.result;
    if (isToolError({ text }) || resultTypeOf(text) !== "complete") return;
    this.#put(key, text, rule.ttlMs);
  }

  #get(key: string): string | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.expiresMs <= this.#options.clock.monotonicMs()) {
      this.#bytes -= entry.bytes;
      return undefined;
    }
    this.#entries.set(key, entry);
    return entry.text;
  }

  #put(key: string, text: string, ttlMs: number): void {
    const { maxBytes, clock } = this.#options;
    // Two bytes a character is the most an engine spends on one.
    const bytes = 2 * (key.length + text.length) + ENTRY_BYTES;
    if (bytes > maxBytes * MAX_SHARE) return;
    this.#drop(key);
    this.#entries.set(key, { text, bytes, expiresMs: clock.monotonicMs() + ttlMs });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= maxBytes) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}

async function board(flight: Flight, request: McpRequest): Promise<Forwarded> {
  const { waiting, end } = flight;
  const leave = (): void => {
    waiting.delete(request);
    if (waiting.size === 0) end.abort();
  };
  waiting.add(request);
  if (request.signal.aborted) leave();
  request.signal.addEventListener("abort", leave, { once: true });
  try {
    return await flight.done;
  } finally {
    request.signal.removeEventListener("abort", leave);
    waiting.delete(request);
  }
}

/** Undefined for what cannot be looked up: answers to a question, or arguments too long to be a key. */
function keyOf({ request, target, rule }: CachedCall): string | undefined {
  const { inputResponses, requestState, arguments: args } = target.params;
  if (inputResponses !== undefined || requestState !== undefined) return undefined;
  const { name, revision } = target.worker;
  const whose = rule.scope === "public" ? null : request.client.principal;
  const raw = request.rawArguments;
  // As written, where that is what the worker gets: two numbers may be one once they are parsed.
  const said = raw !== undefined && raw.value === args ? raw.text : JSON.stringify(args ?? null);
  const key = `${JSON.stringify([name, revision, target.name, whose])} ${said}`;
  return key.length > MAX_KEY_CHARS ? undefined : key;
}
