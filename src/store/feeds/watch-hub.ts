/** Tells watchers of one process what changed: per watcher a map of the last change of each key, so it is bounded. */
import type { RecordBatch, RecordChange, StoredRecord } from "../contract.ts";
import { createBell, type Bell } from "./bell.ts";

export interface WatchHub {
  publish(change: RecordChange): void;
  /** `snapshot` is read when the iteration begins, together with the registration: nothing falls between. */
  watch(options: WatchOptions): AsyncIterable<RecordBatch>;
  close(): void;
}

export interface WatchOptions {
  prefix: string;
  signal: AbortSignal;
  snapshot(): StoredRecord[];
}

interface Watcher {
  prefix: string;
  pending: Map<string, RecordChange>;
  bell: Bell;
}

export function createWatchHub(): WatchHub {
  const watchers = new Set<Watcher>();
  let isClosed = false;

  async function* iterate({ prefix, signal, snapshot }: WatchOptions): AsyncGenerator<RecordBatch> {
    if (isClosed || signal.aborted) return;
    const watcher: Watcher = { prefix, pending: new Map(), bell: createBell(signal) };
    watchers.add(watcher);
    try {
      yield { snapshot: true, changes: snapshot().map((record) => ({ kind: "put", record })) };
      while (!isClosed && !signal.aborted) {
        if (watcher.pending.size === 0) await watcher.bell.rung();
        if (watcher.pending.size === 0) continue;
        const changes = [...watcher.pending.values()];
        watcher.pending.clear();
        yield { snapshot: false, changes };
      }
    } finally {
      watchers.delete(watcher);
      watcher.bell.dispose();
    }
  }

  return {
    publish(change) {
      const key = change.kind === "put" ? change.record.key : change.key;
      for (const watcher of watchers) {
        if (!key.startsWith(watcher.prefix)) continue;
        // Re-inserted, so that the order of the batch is that of the last changes.
        watcher.pending.delete(key);
        watcher.pending.set(key, change);
        watcher.bell.ring();
      }
    },
    watch: iterate,
    close() {
      isClosed = true;
      for (const watcher of watchers) watcher.bell.ring();
    },
  };
}
