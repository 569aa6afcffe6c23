/**
 * One look at one batch that is under way: what is ready is let go, what can never be is said so, and what is over ends.
 * Level-based and repeatable: everything it does is decided from the store and written so that doing it twice is doing it
 * once. Every write carries the leader's token.
 */
import {
  BATCH,
  batchKeys,
  type BatchCounts,
  type BatchRecord,
  type BatchStep,
  type ItemEnd,
  type ItemError,
  type ItemRecord,
  readItem,
} from "../../protocol/batches.ts";
import type { Clock } from "../../protocol/clock.ts";
import type { ClaimedItem, Fence, Store } from "../../store/contract.ts";
import type { Books, StoredBatch } from "./books.ts";
import { argumentsFor, nextSteps } from "./next-steps.ts";
import { lifeOf, queueItem } from "./submit.ts";

export interface PassDeps {
  store: Pick<Store, "records" | "queue">;
  books: Books;
  clock: Clock;
  /** Throws `lease_lost` when this coordinator does not lead. */
  fence(): Fence;
  /** Steps of this batch that were let go already. Only spares work: a leader that begins anew lets them go again. */
  released: Set<number>;
}

/** Claims taken only to be thrown away; short, because nothing is called with them. */
const DRAIN_MS = 5_000;
const DRAINED_AT_ONCE = 500;

export async function passBatch(deps: PassDeps, seen: StoredBatch): Promise<void> {
  const { batch } = seen;
  if (batch.state === "ending") return endEarly(deps, seen);
  if (batch.state !== "running") return;
  if (deps.clock.now() >= batch.deadlineAtMs) {
    return put(deps, seen, { ...batch, state: "ending", ending: "expired" });
  }
  const isQuiet = await isNothingUnderWay(deps, batch);
  if (batch.kind === "steps") await passSteps(deps, batch, isQuiet);
  else if (isQuiet) await endLost(deps, batch);
  if (!isQuiet) return;
  const counts = await deps.books.counts(batch);
  if (counts.open === 0) await finish(deps, seen, { state: "completed", counts });
}

/** Read before the items are: an end is written before its claim is answered. */
async function isNothingUnderWay({ store }: PassDeps, { id }: BatchRecord): Promise<boolean> {
  const { waiting, claimed } = await store.queue.stats(batchKeys.queue(id));
  return waiting === 0 && claimed === 0;
}

async function passSteps(deps: PassDeps, batch: BatchRecord, isQuiet: boolean): Promise<void> {
  const { books, store } = deps;
  const steps = await books.steps(batch.id);
  const items = await itemsOf(books, batch);
  const ends = new Map(
    [...items].flatMap(([place, { state }]): [number, ItemEnd][] =>
      state === "again" ? [] : [[place, state]],
    ),
  );
  const { ready, skipped } = nextSteps(steps, ends);
  for (const place of skipped) await writeEnd(deps, batch, { place, state: "skipped" });
  for (const place of ready) {
    const step = steps[place];
    if (step === undefined || (deps.released.has(place) && !isQuiet)) continue;
    const args = argumentsFor(step, await resultsFor(deps, { batch, steps, step, items }));
    if ("error" in args) {
      await writeEnd(deps, batch, { place, state: "failed", error: args.error });
      continue;
    }
    deps.fence();
    const job = { index: place, tool: step.tool, arguments: args.found };
    const added = await store.queue.push(batchKeys.queue(batch.id), [queueItem(job)]);
    deps.released.add(place);
    // It had been let go before, nothing is under way, and no end is written.
    if (added === 0 && isQuiet) await writeEnd(deps, batch, lost(place));
  }
}

async function resultsFor(
  { books }: PassDeps,
  about: {
    batch: BatchRecord;
    steps: readonly BatchStep[];
    step: BatchStep;
    items: ReadonlyMap<number, ItemRecord>;
  },
): Promise<Map<string, unknown>> {
  const results = new Map<string, unknown>();
  for (const pointer of Object.values(about.step.from ?? {})) {
    const place = about.steps.findIndex(({ id }) => pointer.split("/")[1] === id);
    const item = about.items.get(place);
    const id = about.steps[place]?.id;
    if (item === undefined || id === undefined || results.has(id)) continue;
    const text = await books.result(about.batch.id, place, item);
    if (text !== undefined) results.set(id, JSON.parse(text));
  }
  return results;
}

async function itemsOf(books: Books, batch: BatchRecord): Promise<Map<number, ItemRecord>> {
  const items = new Map<number, ItemRecord>();
  for (let bucket = 0; bucket * BATCH.bucketItems < batch.total; bucket += 1) {
    for (const [index, item] of await books.group(batch.id, bucket)) items.set(index, item);
  }
  return items;
}

/** All were in the queue, none is now: what has no end was claimed too often, or its queue item was lost. */
async function endLost(deps: PassDeps, batch: BatchRecord): Promise<void> {
  const { open } = await deps.books.counts(batch);
  if (open === 0) return;
  const items = await itemsOf(deps.books, batch);
  for (let place = 0; place < batch.total; place += 1) {
    const state = items.get(place)?.state;
    if (state === undefined || state === "again") await writeEnd(deps, batch, lost(place));
  }
}

const lost = (place: number): End => ({
  place,
  state: "ambiguous",
  error: { code: "call_ambiguous", message: "The call was lost. It may have run." },
});

/** Takes what has not begun out of the queue, waits for what has, and then writes the end. */
async function endEarly(deps: PassDeps, seen: StoredBatch): Promise<void> {
  const { batch } = seen;
  const { queue } = deps.store;
  const name = batchKeys.queue(batch.id);
  for (;;) {
    deps.fence();
    const items = await queue.claim(name, DRAINED_AT_ONCE, DRAIN_MS);
    for (const item of items) {
      await throwAway(deps, batch, item);
      await queue.complete(name, item.receipt);
    }
    if (items.length < DRAINED_AT_ONCE) break;
  }
  if (!(await isNothingUnderWay(deps, batch))) return;
  const counts = await deps.books.counts(batch);
  const { open, ...ended } = counts;
  const state = batch.ending ?? "cancelled";
  await finish(deps, seen, { state, counts: { ...ended, open: 0, cancelled: open } });
}

/** Somebody claimed it before and is gone without a word: it may have run. */
async function throwAway(deps: PassDeps, batch: BatchRecord, item: ClaimedItem): Promise<void> {
  if (item.attempt === 1) return;
  const place = Number(item.id);
  const stored = await deps.store.records.get(batchKeys.item(batch.id, place));
  const record = readItem(stored?.value);
  if (record !== undefined && record.state !== "again") return;
  if ((record?.claim ?? 0) !== item.attempt - 1) await writeEnd(deps, batch, lost(place));
}

interface End {
  place: number;
  state: ItemEnd;
  error?: ItemError;
}

/** Never over an end that is written. */
async function writeEnd(deps: PassDeps, batch: BatchRecord, end: End): Promise<void> {
  const { records } = deps.store;
  const key = batchKeys.item(batch.id, end.place);
  const stored = await records.get(key);
  const before = readItem(stored?.value);
  if (before !== undefined && before.state !== "again") return;
  const record: ItemRecord = {
    state: end.state,
    runs: (before?.runs ?? 0) + (end.state === "ambiguous" ? 1 : 0),
    atMs: deps.clock.now(),
    ...(end.error === undefined ? {} : { error: end.error }),
  };
  await records.put(key, record, {
    ifVersion: stored?.version ?? "absent",
    fence: deps.fence(),
    ...lifeOf(batch),
  });
}

async function finish(
  deps: PassDeps,
  seen: StoredBatch,
  end: { state: "completed" | "cancelled" | "expired"; counts: BatchCounts },
): Promise<void> {
  const { ending: _ending, ...batch } = seen.batch;
  await put(deps, seen, { ...batch, ...end, endedAtMs: deps.clock.now() });
}

/** A conflict is somebody else's change, for instance a cancellation: the next look sees it. */
async function put(deps: PassDeps, { version }: StoredBatch, batch: BatchRecord): Promise<void> {
  await deps.store.records.put(batchKeys.batch(batch.id), batch, {
    ifVersion: version,
    fence: deps.fence(),
    ...lifeOf(batch),
  });
}
