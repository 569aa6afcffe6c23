import type { Clock } from "../../../protocol/clock.ts";
import type { EventLog, StoredEvent } from "../../contract.ts";
import { createEventHub } from "../../feeds/event-hub.ts";
import {
  boundedCount,
  checkKey,
  encodeEvents,
  formatOffset,
  MAX_EVENTS_READ,
  parseOffset,
} from "../../limits.ts";
import type { Database, Row } from "./database.node.ts";

export interface SqliteEvents {
  events: EventLog;
  close(): void;
}

/** The last position outlives the events, so that offsets never repeat after a trim. */
const ADVANCE = `INSERT INTO topics (topic, last) VALUES (?, ?)
  ON CONFLICT (topic) DO UPDATE SET last = last + excluded.last RETURNING last`;
const LAST = "SELECT last FROM topics WHERE topic = ?";
const INSERT = "INSERT INTO events (topic, position, at_ms, value) VALUES (?, ?, ?, ?)";
const READ = "SELECT * FROM events WHERE topic = ? AND position > ? ORDER BY position LIMIT ?";
const TAIL = "SELECT * FROM events WHERE topic = ? ORDER BY position DESC LIMIT ?";
// Positions of a topic have no gaps, and only the oldest ever go.
const TRIM = "DELETE FROM events WHERE topic = ? AND position <= ?";

export function createSqliteEvents(database: Database, clock: Clock): SqliteEvents {
  const hub = createEventHub();
  const read = (topic: string, after: string | undefined, limit: number): StoredEvent[] => {
    const count = boundedCount(limit, MAX_EVENTS_READ);
    return database.all(READ, topic, parseOffset(after), count).map(eventOf);
  };
  const end = (topic: string): number => Number(database.get(LAST, topic)?.["last"] ?? 0);

  const events: EventLog = {
    async append(topic, values) {
      checkKey(topic);
      const texts = encodeEvents(values);
      const atMs = clock.now();
      const last = database.transaction(() => {
        const position = Number(database.get(ADVANCE, topic, texts.length)?.["last"]);
        const before = position - texts.length;
        for (const [index, text] of texts.entries()) {
          database.run(INSERT, topic, before + index + 1, atMs, text);
        }
        return position;
      });
      hub.appended(topic);
      return formatOffset(last);
    },
    read: async (topic, { after, limit }) => read(topic, after, limit),
    tail: async (topic, limit) =>
      database.all(TAIL, topic, boundedCount(limit, MAX_EVENTS_READ)).map(eventOf).toReversed(),
    subscribe: (topic, signal, after) =>
      hub.follow({
        topic,
        signal,
        after,
        end: () => end(topic),
        read: (from, limit) => read(topic, from, limit),
      }),
    async trim(topic, keep) {
      const kept = boundedCount(keep, Number.MAX_SAFE_INTEGER);
      return database.run(TRIM, topic, end(topic) - kept);
    },
  };
  return { events, close: () => hub.close() };
}

function eventOf(row: Row): StoredEvent {
  return {
    offset: formatOffset(Number(row["position"])),
    atMs: Number(row["at_ms"]),
    value: JSON.parse(String(row["value"])),
  };
}
