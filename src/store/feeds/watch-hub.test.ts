import { expect, test } from "vitest";
import type { RecordBatch, Store } from "../contract.ts";
import { createMemoryStore } from "../memory.ts";
import { createManualClock } from "../conformance/manual-clock.ts";

const neverAborted = (): AbortSignal => new AbortController().signal;

/** Lets what is due in this turn of the event loop happen, and no timer, no I/O. */
async function restOfThisTurn(): Promise<void> {
  for (let jobs = 0; jobs < 50; jobs += 1) await Promise.resolve();
}

async function watched(): Promise<{ store: Store; told: RecordBatch[] }> {
  const store = createMemoryStore({ clock: createManualClock() });
  const told: RecordBatch[] = [];
  void (async () => {
    for await (const batch of store.records.watch("", neverAborted())) told.push(batch);
  })();
  await restOfThisTurn();
  return { store, told };
}

test("a change is told in the same turn of the event loop", async () => {
  const { store, told } = await watched();
  expect(told).toHaveLength(1);
  void store.records.put("a", 1);
  await restOfThisTurn();
  expect(told.slice(1)).toMatchObject([{ changes: [{ kind: "put", record: { value: 1 } }] }]);
  await store.close();
});

test("changes of one turn come as one batch", async () => {
  const { store, told } = await watched();
  for (let n = 0; n < 100; n += 1) void store.records.put(`k/${n}`, n);
  await restOfThisTurn();
  expect(told).toHaveLength(2);
  expect(told[1]?.changes).toHaveLength(100);
  await store.close();
});

test("a watch that nobody ever read costs nothing, one that was given up is dropped", async () => {
  const store = createMemoryStore({ clock: createManualClock() });
  const giveUp = new AbortController();
  store.records.watch("", giveUp.signal);
  const reader = store.records.watch("", giveUp.signal)[Symbol.asyncIterator]();
  await reader.next();
  giveUp.abort();
  await store.records.put("a", 1);
  expect(await reader.next()).toEqual({ done: true, value: undefined });
  await store.close();
});
