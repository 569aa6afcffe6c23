/**
 * Reads the event stream that answers one request, and takes it up again when it ends before the answer: legacy servers may
 * close a stream on purpose and let the client come back (2025-11-25 transports, "Resumability and redelivery"; SEP-1699).
 */
import { sleep, type Clock } from "../../../protocol/clock.ts";
import { isFlotillaError } from "../../../protocol/errors.ts";
import type { HttpAnswer } from "./http-client.ts";
import { readSse, type SseEvent, type StreamPlace } from "./sse-reader.ts";

export interface ResumeOptions {
  clock: Clock;
  maxMessageBytes: number;
  signal: AbortSignal;
  /** The stream after the event `lastId`; undefined when the server offers none. */
  reopen(lastId: string): Promise<HttpAnswer | undefined>;
}

/** What a server that names no pause gets; the HTML standard leaves it to the client. */
const DEFAULT_RETRY_MS = 1_000;
/** The call's own deadline decides how long is too long, and no server makes us spin. */
const RETRY_RANGE_MS = { least: 50, most: 30_000 } as const;
/** Attempts in a row that brought nothing new. A server that polls for long sends an event each time. */
const MAX_FRUITLESS = 5;

/** All events of the stream and of its continuations. Ends when there is nothing to resume from, or in vain. */
export async function* readResumed(
  answer: HttpAnswer,
  options: ResumeOptions,
): AsyncGenerator<SseEvent> {
  const place: StreamPlace = {};
  let stream: HttpAnswer | "later" | undefined = answer;
  for (let fruitless = 0; fruitless < MAX_FRUITLESS && stream !== undefined; fruitless += 1) {
    const from = place.lastId;
    if (stream !== "later") yield* readUntilLost(stream, place, options);
    if (place.lastId === undefined) return;
    if (place.lastId !== from) fruitless = 0;
    await sleep(options.clock, pauseOf(place), options.signal);
    options.signal.throwIfAborted();
    // A refused connection here says nothing about the call, which was sent long ago: it must not look unsent.
    stream = await options.reopen(place.lastId).catch(() => "later" as const);
    options.signal.throwIfAborted();
  }
}

async function* readUntilLost(
  stream: HttpAnswer,
  place: StreamPlace,
  options: ResumeOptions,
): AsyncGenerator<SseEvent> {
  try {
    yield* readSse(stream.body, options.maxMessageBytes, place);
  } catch (error) {
    const isLost = isFlotillaError(error) && error.code === "drone_lost";
    if (!isLost || place.lastId === undefined || options.signal.aborted) throw error;
  }
}

function pauseOf({ retryMs = DEFAULT_RETRY_MS }: StreamPlace): number {
  return Math.min(Math.max(retryMs, RETRY_RANGE_MS.least), RETRY_RANGE_MS.most);
}
