/** The memory store, with a record of what was written to it. */
import type { Clock } from "../../protocol/clock.ts";
import type { EventLog, PutOptions, RecordStore } from "../../store/contract.ts";
import { createMemoryStore } from "../../store/memory.ts";

export interface WatchedStore {
  records: RecordStore;
  events: EventLog;
  /** Everything put so far, in order. */
  puts: { key: string; value: unknown; options: PutOptions | undefined }[];
  appended: { topic: string; value: unknown }[];
}

export function watchedStore(clock: Clock): WatchedStore {
  const { records, events } = createMemoryStore({ clock });
  const puts: WatchedStore["puts"] = [];
  const appended: WatchedStore["appended"] = [];
  return {
    puts,
    appended,
    records: {
      get: (key) => records.get(key),
      list: (prefix) => records.list(prefix),
      delete: (key, options) => records.delete(key, options),
      watch: (prefix, signal) => records.watch(prefix, signal),
      put(key, value, options) {
        puts.push({ key, value: structuredClone(value), options });
        return records.put(key, value, options);
      },
    },
    events: {
      read: (topic, options) => events.read(topic, options),
      tail: (topic, limit) => events.tail(topic, limit),
      subscribe: (topic, signal, after) => events.subscribe(topic, signal, after),
      trim: (topic, keep) => events.trim(topic, keep),
      append(topic, values) {
        for (const value of values) appended.push({ topic, value });
        return events.append(topic, values);
      },
    },
  };
}
