/**
 * Watching records of a server that only says which key changed: the news is asked for, so what waits for a slow
 * reader is a set of keys. After a broken connection the whole prefix is read again and told as the changes since.
 */
import type { Clock } from "../../../protocol/clock.ts";
import { isFlotillaError } from "../../../protocol/errors.ts";
import type { RecordBatch, RecordChange, StoredRecord } from "../../contract.ts";
import { createFeed } from "../../feeds/feed.ts";
import type { Bell } from "../../feeds/bell.ts";
import type { RedisLink, Told } from "./link.ts";

interface Watcher {
  prefix: string;
  bell: Bell;
  /** Versions the reader was told of. */
  known: Map<string, number>;
  /** Keys that changed since they were last asked for. */
  pending: Set<string>;
  /** Keys that are being asked for: what comes of them meanwhile is news. */
  asked: Set<string>;
  /** Something may have been missed. */
  isStale: boolean;
}

interface WatchOptions {
  link: RedisLink;
  clock: Clock;
  list(prefix: string): Promise<StoredRecord[]>;
  /** The records of these keys, in their order. */
  many(keys: readonly string[]): Promise<(StoredRecord | undefined)[]>;
}

const BATCH = 500;
const RETRY_MS = 250;

export function createRedisWatch(options: WatchOptions) {
  const { link, clock, list } = options;
  const watchers = new Set<Watcher>();
  let isClosed = false;
  link.onTold((told) => {
    for (const watcher of watchers) note(watcher, told);
  });

  async function* pump(watcher: Watcher): AsyncGenerator<RecordBatch, void> {
    const { bell, prefix } = watcher;
    if (isClosed) return;
    watchers.add(watcher);
    try {
      yield { snapshot: true, changes: since(watcher, await list(prefix)) };
      while (!bell.isOver()) {
        if (!watcher.isStale && watcher.pending.size === 0) await bell.rung();
        if (bell.isOver()) return;
        const changes = await newsFor(watcher, options).catch((error: unknown) => {
          if (!isFlotillaError(error) || isClosed) throw error;
          watcher.isStale = true;
          return undefined;
        });
        if (changes === undefined) await pause(clock, bell);
        else if (changes.length > 0) yield { snapshot: false, changes };
      }
    } catch (error) {
      if (!isClosed) throw error;
    } finally {
      watchers.delete(watcher);
    }
  }

  return {
    watch: (prefix: string, signal: AbortSignal): AsyncIterable<RecordBatch> =>
      createFeed(signal, (bell) =>
        pump({
          prefix,
          bell,
          known: new Map(),
          pending: new Set(),
          asked: new Set(),
          isStale: false,
        }),
      ),
    close() {
      isClosed = true;
      for (const { bell } of watchers) bell.end();
    },
  };
}

async function newsFor(watcher: Watcher, { list, many }: WatchOptions): Promise<RecordChange[]> {
  if (watcher.isStale) {
    watcher.isStale = false;
    watcher.pending.clear();
    return since(watcher, await list(watcher.prefix));
  }
  const keys = [...watcher.pending].slice(0, BATCH);
  for (const key of keys) watcher.pending.delete(key);
  watcher.asked = new Set(keys);
  const found = await many(keys);
  watcher.asked.clear();
  return keys.flatMap((key, index) => changeOf(watcher, key, found[index]));
}

function note(watcher: Watcher, told: Told | undefined): void {
  const { prefix, known, pending, asked, bell } = watcher;
  if (told === undefined) watcher.isStale = true;
  else if (told.kind === "e" || !told.name.startsWith(prefix)) return;
  // The end of a key nobody was told of need not be kept, which is what bounds `pending`.
  else if (told.kind === "d" && !known.has(told.name) && !asked.has(told.name)) {
    pending.delete(told.name);
    return;
  } else pending.add(told.name);
  bell.ring();
}

function changeOf(
  { known }: Watcher,
  key: string,
  record: StoredRecord | undefined,
): RecordChange[] {
  if (record === undefined) return known.delete(key) ? [{ kind: "delete", key }] : [];
  if (known.get(key) === record.version) return [];
  known.set(key, record.version);
  return [{ kind: "put", record }];
}

function since(watcher: Watcher, records: readonly StoredRecord[]): RecordChange[] {
  const live = new Map(records.map((record) => [record.key, record]));
  const gone = [...watcher.known.keys()].filter((key) => !live.has(key));
  return [
    ...gone.flatMap((key) => changeOf(watcher, key, undefined)),
    ...records.flatMap((record) => changeOf(watcher, record.key, record)),
  ];
}

/** Until there is news of the connection, and not for ever. */
async function pause(clock: Clock, bell: Bell): Promise<void> {
  const timer = clock.after(RETRY_MS, bell.ring);
  await bell.rung();
  timer.cancel();
}
