/** Follows a log that can be read from an offset: whoever appends rings, whoever follows reads on. Nothing is queued. */
import type { StoredEvent } from "../contract.ts";
import { formatOffset, MAX_EVENT_LAG, parseOffset } from "../limits.ts";
import type { Bell } from "./bell.ts";
import { createFeed } from "./feed.ts";

export interface EventHub {
  appended(topic: string): void;
  follow(options: FollowOptions): AsyncIterable<StoredEvent[]>;
  close(): void;
}

export interface FollowOptions {
  topic: string;
  signal: AbortSignal;
  after: string | undefined;
  /** Position of the newest event, 0 when there is none. */
  end: () => number;
  read: (after: string, limit: number) => StoredEvent[];
}

const BATCH = 500;

export function createEventHub(): EventHub {
  const followers = new Map<string, Set<Bell>>();
  let isClosed = false;

  async function* pump(bell: Bell, options: FollowOptions): AsyncGenerator<StoredEvent[], void> {
    const { topic, end, read } = options;
    if (isClosed) return;
    const bells = followers.get(topic) ?? new Set();
    followers.set(topic, bells.add(bell));
    try {
      let position = options.after === undefined ? end() : parseOffset(options.after);
      while (!bell.isOver()) {
        position = Math.max(position, end() - MAX_EVENT_LAG);
        const events = read(formatOffset(position), BATCH);
        if (events.length === 0) {
          await bell.rung();
          continue;
        }
        position = parseOffset(events.at(-1)?.offset);
        yield events;
      }
    } finally {
      bells.delete(bell);
      if (bells.size === 0) followers.delete(topic);
    }
  }

  return {
    appended(topic) {
      for (const bell of followers.get(topic) ?? []) bell.ring();
    },
    follow: (options) => createFeed(options.signal, (bell) => pump(bell, options)),
    close() {
      isClosed = true;
      for (const bells of followers.values()) for (const bell of bells) bell.end();
    },
  };
}
