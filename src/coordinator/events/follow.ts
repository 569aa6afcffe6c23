/** Follows several topics at once. It pulls: at most one batch per topic waits here, whatever the reader does. */
import type { FleetEvent } from "../../protocol/api.ts";
import type { Clock, Timer } from "../../protocol/clock.ts";
import type { EventLog, StoredEvent } from "../../store/contract.ts";
import { decodeCursor, type Cursor } from "./cursor.ts";
import {
  newestPerTopic,
  ofWorker,
  sourced,
  startCursor,
  withCursors,
  type EventQuery,
  type Sourced,
} from "./merge.ts";

/** Proxies commonly cut a silent connection after 30 to 60 seconds. */
const KEEP_ALIVE_MS = 15_000;

export async function* followTopics(options: {
  events: EventLog;
  clock: Clock;
  query: EventQuery;
  backlog: number;
  signal: AbortSignal;
}): AsyncGenerator<FleetEvent[]> {
  const { events, clock, query, signal } = options;
  const ended = new AbortController();
  const stop = (): void => ended.abort();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    const { cursor, first } = await begin(options);
    const matches = ofWorker(query.worker);
    if (first.length > 0) yield first;
    const source = mergeTopics({ events, clock, cursor, signal: ended.signal });
    for await (const batch of source) {
      const told = withCursors(batch, cursor);
      for (const { topic, event } of batch) cursor.set(topic, event.offset);
      const wanted = told.filter(matches);
      // An empty batch is a keep-alive; one that was filtered away is nothing.
      if (wanted.length > 0 || batch.length === 0) yield wanted;
    }
  } finally {
    stop();
    signal.removeEventListener("abort", stop);
  }
}

/** Where to begin: after what the reader has, or after the newest events, which are shown first if asked for. */
async function begin(options: {
  events: EventLog;
  query: EventQuery;
  backlog: number;
}): Promise<{ cursor: Cursor; first: FleetEvent[] }> {
  const { events, query, backlog } = options;
  if (query.after !== undefined) {
    return { cursor: decodeCursor(query.after, query.topics), first: [] };
  }
  const cursor = startCursor(query.topics);
  const newest = await newestPerTopic(events, query, Math.max(1, backlog));
  const told = withCursors(newest, cursor);
  for (const { topic, event } of newest) cursor.set(topic, event.offset);
  return {
    cursor,
    first: backlog === 0 ? [] : told.filter(ofWorker(query.worker)).slice(-backlog),
  };
}

type Next = { index: number; result: IteratorResult<StoredEvent[]> } | "keep-alive";

async function* mergeTopics(options: {
  events: EventLog;
  clock: Clock;
  cursor: Cursor;
  signal: AbortSignal;
}): AsyncGenerator<Sourced[]> {
  const { events, clock, signal } = options;
  const topics = [...options.cursor];
  const sources = topics.map(([topic, after]) =>
    events.subscribe(topic, signal, after)[Symbol.asyncIterator](),
  );
  const ask = async (index: number): Promise<Next> => {
    const result = await sources[index]?.next();
    return { index, result: result ?? { done: true, value: undefined } };
  };
  const pending = new Map<number, Promise<Next>>(sources.map((_, index) => [index, ask(index)]));
  while (pending.size > 0) {
    const next = await firstOf(pending, clock);
    if (next === "keep-alive") {
      yield [];
      continue;
    }
    const topic = topics[next.index]?.[0];
    if (next.result.done === true || topic === undefined) {
      pending.delete(next.index);
      continue;
    }
    if (next.result.value.length > 0) yield sourced(topic, next.result.value);
    pending.set(next.index, ask(next.index));
  }
}

async function firstOf(pending: Map<number, Promise<Next>>, clock: Clock): Promise<Next> {
  let timer: Timer | undefined;
  const silence = new Promise<Next>((resolve) => {
    timer = clock.after(KEEP_ALIVE_MS, () => resolve("keep-alive"));
  });
  try {
    return await Promise.race([...pending.values(), silence]);
  } finally {
    timer?.cancel();
  }
}
