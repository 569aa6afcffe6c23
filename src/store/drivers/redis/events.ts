import type { Clock } from "../../../protocol/clock.ts";
import { isFlotillaError } from "../../../protocol/errors.ts";
import type { EventLog, StoredEvent } from "../../contract.ts";
import type { Bell } from "../../feeds/bell.ts";
import { createFeed } from "../../feeds/feed.ts";
import {
  boundedCount,
  checkKey,
  encodeEvents,
  formatOffset,
  MAX_EVENT_LAG,
  MAX_EVENTS_READ,
  parseOffset,
} from "../../limits.ts";
import type { RedisLink } from "./link.ts";
import { EVENTS, type Script } from "./scripts.ts";

export interface RedisEvents {
  events: EventLog;
  close(): void;
}

const BATCH = 500;
const RETRY_MS = 250;

export function createRedisEvents(link: RedisLink, clock: Clock): RedisEvents {
  const run = (script: Script, topic: string, args: readonly string[]): Promise<unknown> => {
    const keys = [link.key("events", topic), link.key("events", topic, "last")];
    return link.run(script, keys, [link.channel, topic, ...args]);
  };
  const read: Read = async (topic, after, { limit = 0, lag }) => {
    // Redis knows no COUNT of nothing.
    const most = String(Math.max(1, limit));
    const back = String(lag ?? Number.MAX_SAFE_INTEGER);
    const reply = await run(EVENTS.read, topic, [String(after), most, back]);
    const [last, entries] = Array.isArray(reply) ? reply : [];
    return { last: Number(last ?? 0), events: eventsOf(entries).slice(0, limit) };
  };
  const followers = createFollowers({ link, clock, read });
  const events: EventLog = {
    async append(topic, values) {
      checkKey(topic);
      return formatOffset(Number(await run(EVENTS.append, topic, encodeEvents(values))));
    },
    async read(topic, { after, limit }) {
      const count = boundedCount(limit, MAX_EVENTS_READ);
      return (await read(topic, parseOffset(after), { limit: count })).events;
    },
    async tail(topic, limit) {
      const count = boundedCount(limit, MAX_EVENTS_READ);
      if (count === 0) return [];
      return eventsOf(await run(EVENTS.tail, topic, [String(count)])).toReversed();
    },
    subscribe: followers.follow,
    async trim(topic, keep) {
      const kept = boundedCount(keep, Number.MAX_SAFE_INTEGER);
      return Number(await run(EVENTS.trim, topic, [String(kept)]));
    },
  };
  return { events, close: followers.close };
}

/** The last position of a topic, and the events after a position; those further back than `lag` are passed over. */
type Read = (
  topic: string,
  after: number,
  options: { limit?: number; lag?: number },
) => Promise<{ last: number; events: StoredEvent[] }>;

function createFollowers({ link, clock, read }: { link: RedisLink; clock: Clock; read: Read }) {
  const followers = new Map<Bell, string>();
  let isClosed = false;
  link.onTold((told) => {
    for (const [bell, topic] of followers) {
      if (told === undefined || (told.kind === "e" && told.name === topic)) bell.ring();
    }
  });
  const more = async (bell: Bell, topic: string, position: number): Promise<StoredEvent[]> => {
    try {
      return (await read(topic, position, { limit: BATCH, lag: MAX_EVENT_LAG })).events;
    } catch (error) {
      if (!isFlotillaError(error) || isClosed) throw error;
      // The connection is made again; if nobody tells, it is tried now and then.
      clock.after(RETRY_MS, bell.ring);
      return [];
    }
  };
  async function* pump(
    bell: Bell,
    topic: string,
    after: string | undefined,
  ): AsyncGenerator<StoredEvent[], void> {
    if (isClosed) return;
    followers.set(bell, topic);
    try {
      let position = after === undefined ? (await read(topic, 0, {})).last : parseOffset(after);
      while (!bell.isOver()) {
        const events = await more(bell, topic, position);
        if (events.length === 0) {
          await bell.rung();
          continue;
        }
        position = parseOffset(events.at(-1)?.offset);
        yield events;
      }
    } catch (error) {
      if (!isClosed) throw error;
    } finally {
      followers.delete(bell);
    }
  }
  return {
    follow: (topic: string, signal: AbortSignal, after?: string): AsyncIterable<StoredEvent[]> =>
      createFeed(signal, (bell) => pump(bell, topic, after)),
    close() {
      isClosed = true;
      for (const bell of followers.keys()) bell.end();
    },
  };
}

/** Entries as XRANGE gives them: `[position-1, [t, milliseconds, v, json]]`. */
function eventsOf(entries: unknown): StoredEvent[] {
  if (!Array.isArray(entries)) return [];
  return entries.map((entry: [string, string[]]) => {
    const [id, fields] = entry;
    return {
      offset: formatOffset(Number(id.split("-")[0])),
      atMs: Number(fields[1]),
      value: JSON.parse(fields[3] ?? "null"),
    };
  });
}
