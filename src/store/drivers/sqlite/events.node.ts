import type { Clock } from "../../../protocol/clock.ts";
import { FlotillaError } from "../../../protocol/errors.ts";
import type { EventLog, StoredEvent } from "../../contract.ts";
import { createEventHub } from "../../feeds/event-hub.ts";
import { checkKey, encodeValue, formatOffset, parseOffset } from "../../limits.ts";
import type { Database, Row } from "./database.node.ts";

export interface SqliteEvents {
  events: EventLog;
  close(): void;
}

/** The last position outlives the events, so that offsets never repeat after a trim. */
const ADVANCE = `INSERT INTO topics (topic, last) VALUES (?, ?)
  ON CONFLICT (topic) DO UPDATE SET last = last + excluded.last RETURNING last`;
const INSERT = "INSERT INTO events (topic, position, at_ms, value) VALUES (?, ?, ?, ?)";
const READ = "SELECT * FROM events WHERE topic = ? AND position > ? ORDER BY position LIMIT ?";
const TAIL = "SELECT * FROM events WHERE topic = ? ORDER BY position DESC LIMIT ?";
const TRIM = `DELETE FROM events WHERE topic = ? AND position <=
  (SELECT position FROM events WHERE topic = ? ORDER BY position DESC LIMIT 1 OFFSET ?)`;

export function createSqliteEvents(database: Database, clock: Clock): SqliteEvents {
  const hub = createEventHub();
  const read = (topic: string, after: string | undefined, limit: number): StoredEvent[] =>
    database.all(READ, topic, parseOffset(after), limit).map(eventOf);
  const end = (topic: string): number =>
    Number(database.get("SELECT last FROM topics WHERE topic = ?", topic)?.["last"] ?? 0);

  const events: EventLog = {
    async append(topic, values) {
      checkKey(topic);
      if (values.length === 0)
        throw new FlotillaError("bad_request", "There is nothing to append.");
      const texts = values.map(encodeValue);
      const atMs = clock.now();
      const last = database.transaction(() => {
        const position = Number(database.get(ADVANCE, topic, texts.length)?.["last"]);
        const first = position - texts.length + 1;
        for (const [index, text] of texts.entries()) {
          database.run(INSERT, topic, first + index, atMs, text);
        }
        return position;
      });
      hub.appended(topic);
      return formatOffset(last);
    },
    read: async (topic, { after, limit }) => read(topic, after, limit),
    tail: async (topic, limit) => database.all(TAIL, topic, limit).map(eventOf).toReversed(),
    subscribe: (topic, signal, after) =>
      hub.follow({
        topic,
        signal,
        after,
        end: () => end(topic),
        read: (from, limit) => read(topic, from, limit),
      }),
    trim: async (topic, keep) => database.run(TRIM, topic, topic, Math.max(0, keep)),
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
