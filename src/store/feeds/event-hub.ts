/** Follows a log that can be read from an offset: whoever appends rings, whoever follows reads on. */
import type { StoredEvent } from "../contract.ts";
import { formatOffset, MAX_EVENT_LAG, parseOffset } from "../limits.ts";
import { createBell, type Bell } from "./bell.ts";

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
  end(): number;
  read(after: string, limit: number): StoredEvent[];
}

const BATCH = 500;

export function createEventHub(): EventHub {
  const followers = new Map<string, Set<Bell>>();
  let isClosed = false;

  async function* iterate(options: FollowOptions): AsyncGenerator<StoredEvent[]> {
    const { topic, signal, end, read } = options;
    if (isClosed || signal.aborted) return;
    const bell = createBell(signal);
    const bells = followers.get(topic) ?? new Set();
    followers.set(topic, bells.add(bell));
    let position = options.after === undefined ? end() : parseOffset(options.after);
    try {
      while (!isClosed && !signal.aborted) {
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
      bell.dispose();
      bells.delete(bell);
      if (bells.size === 0) followers.delete(topic);
    }
  }

  const ringAll = (bells: Iterable<Bell>): void => {
    for (const bell of bells) bell.ring();
  };
  return {
    appended: (topic) => ringAll(followers.get(topic) ?? []),
    follow: iterate,
    close() {
      isClosed = true;
      for (const bells of followers.values()) ringAll(bells);
    },
  };
}
