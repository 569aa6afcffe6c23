import type { Clock } from "../../protocol/clock.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import type { EventLog, StoredEvent } from "../contract.ts";
import { createEventHub } from "../feeds/event-hub.ts";
import { checkKey, encodeValue, formatOffset, parseOffset } from "../limits.ts";

interface Topic {
  /** Offset of the first event kept, less one. */
  before: number;
  events: { atMs: number; text: string }[];
}

export interface MemoryEvents {
  events: EventLog;
  close(): void;
}

/** Nobody trims for a topic that nobody reads; memory must not grow for it. */
const MAX_KEPT = 100_000;

export function createMemoryEvents(clock: Clock): MemoryEvents {
  const topics = new Map<string, Topic>();
  const hub = createEventHub();
  const topicOf = (name: string): Topic => topics.get(name) ?? { before: 0, events: [] };
  const trimTo = (topic: Topic, keep: number): number => {
    const gone = topic.events.splice(0, Math.max(0, topic.events.length - keep)).length;
    topic.before += gone;
    return gone;
  };
  const slice = (topic: Topic, from: number, limit: number): StoredEvent[] =>
    topic.events.slice(from, from + limit).map(({ atMs, text }, index) => ({
      offset: formatOffset(topic.before + from + index + 1),
      atMs,
      value: JSON.parse(text),
    }));
  const read = (name: string, after: string | undefined, limit: number): StoredEvent[] => {
    const topic = topicOf(name);
    return slice(topic, Math.max(0, parseOffset(after) - topic.before), limit);
  };
  const end = (name: string): number => topicOf(name).before + topicOf(name).events.length;

  const events: EventLog = {
    async append(name, values) {
      checkKey(name);
      if (values.length === 0)
        throw new FlotillaError("bad_request", "There is nothing to append.");
      const atMs = clock.now();
      const added = values.map((value) => ({ atMs, text: encodeValue(value) }));
      const topic = topicOf(name);
      topics.set(name, topic);
      topic.events.push(...added);
      trimTo(topic, MAX_KEPT);
      hub.appended(name);
      return formatOffset(end(name));
    },
    read: async (name, { after, limit }) => read(name, after, limit),
    async tail(name, limit) {
      const topic = topicOf(name);
      return slice(topic, Math.max(0, topic.events.length - limit), limit);
    },
    subscribe: (topic, signal, after) =>
      hub.follow({
        topic,
        signal,
        after,
        end: () => end(topic),
        read: (from, limit) => read(topic, from, limit),
      }),
    trim: async (name, keep) => trimTo(topicOf(name), keep),
  };
  return { events, close: () => hub.close() };
}
