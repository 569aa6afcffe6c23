/** What people and tools may ask about batches. Any coordinator answers; only the leader plans. */
import {
  BATCH,
  type BatchItem,
  type BatchItems,
  type BatchRecord,
  type BatchStatus,
  batchKeys,
  type ItemEnd,
  type ItemRecord,
} from "../../protocol/batches.ts";
import type { Clock, NewId } from "../../protocol/clock.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import type { Store } from "../../store/contract.ts";
import type { Books, StoredBatch } from "./books.ts";
import { readBatchRequest } from "./read-request.ts";
import { lifeOf, submitBatch } from "./submit.ts";

export interface BatchDesk {
  /** Takes it in for good, or refuses it. `body` is a `BatchRequest`; it is checked here. */
  submit(
    body: Record<string, unknown>,
    by: string,
  ): Promise<{ status: BatchStatus; isNew: boolean }>;
  /** Newest first. */
  list(): Promise<BatchStatus[]>;
  get(id: string): Promise<BatchStatus>;
  items(id: string, query: ItemQuery): Promise<BatchItems>;
  /** Idempotent; one that is over stays as it is. */
  cancel(id: string): Promise<BatchStatus>;
}

export interface ItemQuery {
  from: number;
  limit: number;
  /** All, when empty. */
  states: readonly ItemEnd[];
}

export interface BatchDeskOptions {
  store: Pick<Store, "records" | "queue">;
  books: Books;
  clock: Clock;
  newId: NewId;
}

/** Of results in one page: the rest is on the next. */
const MAX_PAGE_CHARS = 4 * 1024 * 1024;
const MAX_CANCEL_TRIES = 10;

export function createBatchDesk(options: BatchDeskOptions): BatchDesk {
  const { books } = options;
  return {
    async submit(body, by) {
      const { batch, isNew } = await submitBatch(options, readBatchRequest(body), by);
      return { status: await statusOf(books, batch), isNew };
    },
    async list() {
      const all = (await books.all()).map(({ batch }) => batch);
      const newest = all.toSorted((a, b) => b.createdAtMs - a.createdAtMs);
      return Promise.all(newest.map((batch) => statusOf(books, batch)));
    },
    get: async (id) => statusOf(books, (await named(books, id)).batch),
    items: async (id, query) => page(books, (await named(books, id)).batch, query),
    async cancel(id) {
      return statusOf(books, await cancelled(options, id));
    },
  };
}

async function cancelled({ books, store }: BatchDeskOptions, id: string): Promise<BatchRecord> {
  for (let tries = 0; tries < MAX_CANCEL_TRIES; tries += 1) {
    const { batch, version } = await named(books, id);
    if (batch.state !== "running" && batch.state !== "accepting") return batch;
    const ending: BatchRecord = { ...batch, state: "ending", ending: "cancelled" };
    const options = { ifVersion: version, ...lifeOf(batch) };
    const put = await store.records.put(batchKeys.batch(id), ending, options);
    if (put.ok) return ending;
  }
  throw new FlotillaError("store_conflict", "The task keeps changing.", {
    retryable: true,
    hint: "Ask again.",
  });
}

async function named(books: Books, id: string): Promise<StoredBatch> {
  const found = /^[a-z0-9-]{1,40}$/.test(id) ? await books.get(id) : undefined;
  if (found !== undefined) return found;
  throw new FlotillaError("not_found", "There is no task of that id.", {
    hint: "List the tasks; one that ended is forgotten a day after its deadline.",
  });
}

async function statusOf(books: Books, batch: BatchRecord): Promise<BatchStatus> {
  const { print: _print, counts, ...rest } = batch;
  return { ...rest, counts: counts ?? (await books.counts(batch)) };
}

async function page(books: Books, batch: BatchRecord, query: ItemQuery): Promise<BatchItems> {
  const { from, limit, states } = query;
  const steps = batch.kind === "steps" ? await books.steps(batch.id) : [];
  const items: BatchItem[] = [];
  let chars = 0;
  const first = Math.floor(from / BATCH.bucketItems);
  for (let bucket = first; bucket * BATCH.bucketItems < batch.total; bucket += 1) {
    for (const [index, item] of await books.group(batch.id, bucket)) {
      const { state } = item;
      if (index < from || state === "again") continue;
      if (states.length > 0 && !states.includes(state)) continue;
      if (items.length >= limit || chars > MAX_PAGE_CHARS) return { items, next: index };
      const result = await books.result(batch.id, index, item);
      chars += result?.length ?? 0;
      const step = steps[index]?.id;
      items.push(shown({ index, state, ...(step === undefined ? {} : { step }) }, item, result));
    }
  }
  return { items };
}

function shown(
  known: Pick<BatchItem, "index" | "state" | "step">,
  { runs, error, resultIs }: ItemRecord,
  result: string | undefined,
): BatchItem {
  return {
    ...known,
    runs,
    ...(error === undefined ? {} : { error }),
    ...(result === undefined ? {} : { result: JSON.parse(result) }),
    ...(resultIs === "dropped" ? { resultDropped: true } : {}),
  };
}
