import type { EventLog, StoredEvent } from "../contract.ts";
import { createEventHub } from "../feeds/event-hub.ts";
import {
  boundedCount,
  checkKey,
  encodeEvents,
  formatOffset,
  MAX_EVENTS_READ,
  parseOffset,
} from "../limits.ts";
import type { Parts } from "./parts.ts";

interface Topic {
  /** Offset of the first event kept, less one. */
  before: number;
  events: { atMs: number; text: string }[];
}

export interface MemoryEvents {
  events: EventLog;
  close(): void;
}

/** Nobody trims a topic that nobody reads; memory must not grow for it. */
const MAX_KEPT = 100_000;

export function createMemoryEvents({ clock, checkOpen }: Parts): MemoryEvents {
  const topics = new Map<string, Topic>();
  const hub = createEventHub();
  const topicOf = (name: string): Topic => {
    checkOpen();
    return topics.get(name) ?? { before: 0, events: [] };
  };
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
    const count = boundedCount(limit, MAX_EVENTS_READ);
    return slice(topic, Math.max(0, parseOffset(after) - topic.before), count);
  };
  const end = (name: string): number => topicOf(name).before + topicOf(name).events.length;

  const events: EventLog = {
    async append(name, values) {
      checkKey(name);
      const texts = encodeEvents(values);
      const topic = topicOf(name);
      topics.set(name, topic);
      const atMs = clock.now();
      for (const text of texts) topic.events.push({ atMs, text });
      // Trimming moves what is kept: seldom enough, it costs next to nothing per event.
      if (topic.events.length > MAX_KEPT * 1.1) trimTo(topic, MAX_KEPT);
      hub.appended(name);
      return formatOffset(end(name));
    },
    read: async (name, { after, limit }) => read(name, after, limit),
    async tail(name, limit) {
      const topic = topicOf(name);
      const count = boundedCount(limit, MAX_EVENTS_READ);
      return slice(topic, Math.max(0, topic.events.length - count), count);
    },
    subscribe: (topic, signal, after) =>
      hub.follow({
        topic,
        signal,
        after,
        end: () => end(topic),
        read: (from, limit) => read(topic, from, limit),
      }),
    trim: async (name, keep) => trimTo(topicOf(name), boundedCount(keep, Number.MAX_SAFE_INTEGER)),
  };
  return { events, close: () => hub.close() };
}
