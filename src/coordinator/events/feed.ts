/** Several topics read as one feed, in pages or as they come, resumable at any event. */
import type { EventTopic, FleetEvent } from "../../protocol/api.ts";
import type { Clock } from "../../protocol/clock.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import type { EventLog, StoredEvent } from "../../store/contract.ts";
import { decodeCursor, type Cursor } from "./cursor.ts";
import { followTopics } from "./follow.ts";
import {
  merge,
  newestPerTopic,
  ofWorker,
  PAGE,
  sourced,
  startCursor,
  withCursors,
  type EventQuery,
} from "./merge.ts";

export const EVENT_TOPICS = ["calls", "drones", "logs", "health"] as const satisfies EventTopic[];

export interface EventFeed {
  /** After `after`, oldest first; without it the newest. At most `limit`. */
  read(query: EventQuery, limit: number): Promise<FleetEvent[]>;
  /**
   * Batches as they come, until `signal` aborts; an empty batch now and then says that the feed lives. Begins after
   * `after`, or with the newest `backlog` events.
   */
  follow(query: EventQuery, backlog: number, signal: AbortSignal): AsyncIterable<FleetEvent[]>;
}

/** Each holds subscriptions in the store; a page with many tabs open stays well below. */
const MAX_FOLLOWERS = 100;
/** Events of other workers read past in search of one page. */
const MAX_PAGES = 20;

export function createEventFeed(options: { events: EventLog; clock: Clock }): EventFeed {
  const { events } = options;
  let followers = 0;
  return {
    async read(query, limit) {
      return query.after === undefined
        ? readNewest(events, query, limit)
        : readAfter(events, { ...query, after: query.after }, limit);
    },
    async *follow(query, backlog, signal) {
      if (followers >= MAX_FOLLOWERS) {
        throw new FlotillaError("overloaded", "Too many event streams are open.", {
          retryable: true,
          retryAfterMs: 5_000,
          hint: "Close some of them.",
        });
      }
      followers += 1;
      try {
        yield* followTopics({ ...options, query, backlog, signal });
      } finally {
        followers -= 1;
      }
    },
  };
}

async function readNewest(
  events: EventLog,
  query: EventQuery,
  limit: number,
): Promise<FleetEvent[]> {
  const newest = await newestPerTopic(events, query, limit);
  return withCursors(newest, startCursor(query.topics))
    .filter(ofWorker(query.worker))
    .slice(-limit);
}

async function readAfter(
  events: EventLog,
  query: EventQuery & { after: string },
  limit: number,
): Promise<FleetEvent[]> {
  const found: FleetEvent[] = [];
  let cursor = decodeCursor(query.after, query.topics);
  for (let page = 0; page < MAX_PAGES && found.length < limit; page++) {
    const size = query.worker === undefined ? limit : PAGE;
    const batches = await Promise.all(
      query.topics.map(async (topic) =>
        sourced(topic, await readTopic(events, { topic, cursor, size })),
      ),
    );
    // Beyond the earliest end of a full batch the order is not known yet.
    const merged = withCursors(merge(batches).slice(0, size), cursor);
    const last = merged.at(-1);
    if (last === undefined) break;
    cursor = decodeCursor(last.offset, query.topics);
    found.push(...merged.filter(ofWorker(query.worker)));
  }
  return found.slice(0, limit);
}

function readTopic(
  events: EventLog,
  at: { topic: EventTopic; cursor: Cursor; size: number },
): Promise<StoredEvent[]> {
  const after = at.cursor.get(at.topic);
  const limit = at.size;
  return events.read(at.topic, after === undefined ? { limit } : { after, limit });
}
