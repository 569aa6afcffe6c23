/** Tells the watchers of one process what changed; drivers that hear of changes from elsewhere publish them here too. */
import type { RecordBatch, RecordChange, StoredRecord } from "../contract.ts";
import type { Bell } from "./bell.ts";
import { createFeed } from "./feed.ts";

export interface WatchHub {
  /** To be called once the change is what a read would find, and before anything else is awaited. */
  publish(change: HubChange): void;
  /** `snapshot` is read when the iteration begins, together with the registration: nothing falls between. */
  watch(options: WatchOptions): AsyncIterable<RecordBatch>;
  close(): void;
}

/** Values are told as text and parsed for each watcher: nobody can change what others see, and nobody pays unread. */
export interface HubChange {
  key: string;
  /** Absent: deleted. */
  put?: { text: string; version: number };
}

export interface WatchOptions {
  prefix: string;
  signal: AbortSignal;
  snapshot(): StoredRecord[];
}

interface Watcher {
  prefix: string;
  bell: Bell;
  /** Keys the reader was told of: the deletion of any other need not be kept, which is what bounds `pending`. */
  known: Set<string>;
  pending: Map<string, HubChange>;
}

export function createWatchHub(): WatchHub {
  const watchers = new Set<Watcher>();
  let isClosed = false;

  async function* pump(watcher: Watcher, options: WatchOptions): AsyncGenerator<RecordBatch, void> {
    const { bell, known, pending } = watcher;
    if (isClosed) return;
    watchers.add(watcher);
    try {
      const records = options.snapshot();
      for (const { key } of records) known.add(key);
      yield { snapshot: true, changes: records.map((record) => ({ kind: "put", record })) };
      while (!bell.isOver()) {
        if (pending.size === 0) await bell.rung();
        if (pending.size > 0 && !bell.isOver()) yield { snapshot: false, changes: taken(watcher) };
      }
    } finally {
      watchers.delete(watcher);
    }
  }

  return {
    publish(change) {
      for (const watcher of watchers) {
        if (watcher.bell.isOver()) watchers.delete(watcher);
        else if (change.key.startsWith(watcher.prefix)) note(watcher, change);
      }
    },
    watch: (options) =>
      createFeed(options.signal, (bell) => {
        const { prefix } = options;
        return pump({ prefix, bell, known: new Set(), pending: new Map() }, options);
      }),
    close() {
      isClosed = true;
      for (const watcher of watchers) watcher.bell.end();
    },
  };
}

function note({ known, pending, bell }: Watcher, change: HubChange): void {
  // Re-inserted, so that the order of a batch is that of the last changes.
  pending.delete(change.key);
  if (change.put === undefined && !known.has(change.key)) return;
  pending.set(change.key, change);
  bell.ring();
}

function taken({ known, pending }: Watcher): RecordChange[] {
  const changes = [...pending.values()].map(({ key, put }): RecordChange => {
    if (put === undefined) {
      known.delete(key);
      return { kind: "delete", key };
    }
    known.add(key);
    return { kind: "put", record: { key, value: JSON.parse(put.text), version: put.version } };
  });
  pending.clear();
  return changes;
}
