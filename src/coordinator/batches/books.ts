/** What the store holds of batches, read: states counted, items a page at a time, results wherever they are. */
import {
  BATCH,
  type BatchCounts,
  batchKeys,
  type BatchRecord,
  type BatchStep,
  type ItemRecord,
  readBatch,
  readItem,
} from "../../protocol/batches.ts";
import { isObject } from "../json.ts";
import type { RecordStore, Store } from "../../store/contract.ts";

export interface StoredBatch {
  batch: BatchRecord;
  version: number;
}

export interface Books {
  get(id: string): Promise<StoredBatch | undefined>;
  all(): Promise<StoredBatch[]>;
  steps(id: string): Promise<BatchStep[]>;
  /** Items of a group that have a record, by index. */
  group(id: string, bucket: number): Promise<Map<number, ItemRecord>>;
  counts(batch: BatchRecord): Promise<BatchCounts>;
  /** The result of an item as JSON text; undefined when it has none or it was too long. */
  result(id: string, index: number, item: ItemRecord): Promise<string | undefined>;
}

type Ended = Omit<BatchCounts, "open" | "cancelled">;

/** Groups whose every item has ended are not read again. Bounded: beyond it they are. */
const MAX_KNOWN_GROUPS = 10_000;
/** Groups read at a time. */
const AT_ONCE = 8;

export function createBooks({ records }: Pick<Store, "records">): Books {
  const full = new Map<string, Ended>();

  const group = (id: string, bucket: number) => groupOf(records, id, bucket);
  return {
    async get(id) {
      const stored = await records.get(batchKeys.batch(id));
      const batch = readBatch(stored?.value);
      return stored && batch && { batch, version: stored.version };
    },
    async all() {
      const stored = await records.list(batchKeys.all);
      return stored.flatMap(({ value, version }) => {
        const batch = readBatch(value);
        return batch === undefined ? [] : [{ batch, version }];
      });
    },
    async steps(id) {
      const plan = (await records.get(batchKeys.plan(id)))?.value;
      const steps = isObject(plan) ? plan["steps"] : undefined;
      // Written by `submit.ts` alone, from what `read-steps.ts` read.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return Array.isArray(steps) ? (steps as BatchStep[]) : [];
    },
    group,
    async counts(batch) {
      const sum = { succeeded: 0, failed: 0, ambiguous: 0, skipped: 0 };
      const buckets = Math.ceil(batch.total / BATCH.bucketItems);
      for (let first = 0; first < buckets; first += AT_ONCE) {
        const size = Math.min(AT_ONCE, buckets - first);
        const some = Array.from({ length: size }, (_, at) =>
          countGroup({ full, group }, batch, first + at),
        );
        for (const ended of await Promise.all(some)) {
          sum.succeeded += ended.succeeded;
          sum.failed += ended.failed;
          sum.ambiguous += ended.ambiguous;
          sum.skipped += ended.skipped;
        }
      }
      const { succeeded, failed, ambiguous, skipped } = sum;
      return { open: batch.total - succeeded - failed - ambiguous - skipped, ...sum, cancelled: 0 };
    },
    async result(id, index, item) {
      if (item.result !== undefined) return item.result;
      if (item.resultIs !== "apart") return undefined;
      const value = (await records.get(batchKeys.result(id, index)))?.value;
      const text = isObject(value) ? value["result"] : undefined;
      return typeof text === "string" ? text : undefined;
    },
  };
}

async function groupOf(
  records: Pick<RecordStore, "list">,
  id: string,
  bucket: number,
): Promise<Map<number, ItemRecord>> {
  const prefix = batchKeys.bucket(id, bucket);
  const items = new Map<number, ItemRecord>();
  for (const { key, value } of await records.list(prefix)) {
    const item = readItem(value);
    if (item !== undefined) items.set(Number(key.slice(prefix.length)), item);
  }
  return items;
}

async function countGroup(
  { full, group }: { full: Map<string, Ended>; group: Books["group"] },
  batch: BatchRecord,
  bucket: number,
): Promise<Ended> {
  const name = `${batch.id} ${batch.createdAtMs} ${bucket}`;
  const known = full.get(name);
  if (known !== undefined) return known;
  const ended: Ended = { succeeded: 0, failed: 0, ambiguous: 0, skipped: 0 };
  let count = 0;
  for (const { state } of (await group(batch.id, bucket)).values()) {
    if (state === "again") continue;
    ended[state] += 1;
    count += 1;
  }
  const size = Math.min(BATCH.bucketItems, batch.total - bucket * BATCH.bucketItems);
  if (count === size && full.size < MAX_KNOWN_GROUPS) full.set(name, ended);
  return ended;
}
