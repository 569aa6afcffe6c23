/**
 * The records under one prefix, kept in memory: filled by a watch, and by our own writes the moment they are done, so
 * that a pass never acts on something it has changed itself.
 */
import type { RecordChange, StoredRecord } from "../../store/contract.ts";

export interface Shelf<T> {
  get(key: string): { value: T; version: number } | undefined;
  values(): T[];
  isEmpty(): boolean;
  /** Values of one worker. */
  of(worker: string): T[];
  /** Keys of one worker's values that changed are told to `onChange` as the worker's name. */
  apply(changes: readonly RecordChange[], snapshot: boolean): void;
  put(key: string, value: T, version: number): void;
  drop(key: string): void;
}

export interface ShelfOptions<T> {
  /** Undefined for a value that is not what it should be: it is left out. */
  parse: (value: unknown) => T | undefined;
  workerOf: (value: T) => string;
  onChange: (worker: string) => void;
  /** Told of every value that comes (+1) and goes (-1): sums over a large fleet are kept, not made anew. */
  count?: (value: T, by: 1 | -1) => void;
}

export function createShelf<T>(options: ShelfOptions<T>): Shelf<T> {
  const entries = new Map<string, { value: T; version: number }>();
  const byWorker = new Map<string, Set<string>>();

  const put = (key: string, value: T, version: number): void => {
    const before = entries.get(key);
    if (before !== undefined && before.version >= version) return;
    if (before !== undefined) unindex(key, before.value);
    entries.set(key, { value, version });
    options.count?.(value, 1);
    const worker = options.workerOf(value);
    const index = byWorker.get(worker) ?? new Set();
    byWorker.set(worker, index.add(key));
    options.onChange(worker);
  };
  const drop = (key: string): void => {
    const before = entries.get(key);
    if (before === undefined) return;
    entries.delete(key);
    unindex(key, before.value);
    options.onChange(options.workerOf(before.value));
  };
  const unindex = (key: string, value: T): void => {
    options.count?.(value, -1);
    const worker = options.workerOf(value);
    const index = byWorker.get(worker);
    index?.delete(key);
    if (index?.size === 0) byWorker.delete(worker);
  };
  const take = (record: StoredRecord): void => {
    const value = options.parse(record.value);
    if (value !== undefined) put(record.key, value, record.version);
  };

  return {
    get: (key) => entries.get(key),
    isEmpty: () => entries.size === 0,
    values: () => [...entries.values()].map((entry) => entry.value),
    of: (worker) =>
      [...(byWorker.get(worker) ?? [])].flatMap((key) => {
        const entry = entries.get(key);
        return entry === undefined ? [] : [entry.value];
      }),
    apply(changes, snapshot) {
      if (snapshot) {
        const live = new Set(changes.flatMap((c) => (c.kind === "put" ? [c.record.key] : [])));
        for (const key of entries.keys()) if (!live.has(key)) drop(key);
      }
      for (const change of changes) {
        if (change.kind === "put") take(change.record);
        else drop(change.key);
      }
    },
    put,
    drop,
  };
}
