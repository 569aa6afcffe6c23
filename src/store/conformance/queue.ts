import { expect } from "vitest";
import type { ClaimedItem, Store } from "../contract.ts";
import { codeOf, range, type Bench } from "./bench.ts";
import type { StoreCase } from "./case.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const idsOf = (items: readonly ClaimedItem[]): string[] => items.map(({ id }) => id);

async function claimOne({ store, unitMs }: Bench, units = 10): Promise<ClaimedItem> {
  const [item, ...more] = await store.queue.claim("q", 1, units * unitMs);
  expect(more).toEqual([]);
  return item ?? expect.unreachable("There was nothing to claim.");
}

/** What every answer says to a receipt that is worth nothing. */
async function expectStale({ queue }: Store, receipt: string): Promise<void> {
  expect(await queue.extend("q", receipt, 1_000)).toBe(false);
  expect(await queue.fail("q", receipt, { error: "late", retryAtMs: 0 })).toBe(false);
  expect(await queue.complete("q", receipt)).toBe(false);
}

export const queueCases: StoreCase[] = [
  {
    id: "queue.order",
    title: "hands out due items in the order they were pushed, payloads as they were",
    async run({ store: { queue }, now, unitMs }) {
      const payload = { a: [1, null, "ž\u0000"], b: {} };
      expect(
        await queue.push("q", [
          { id: "1", payload },
          { id: "2", payload: null },
        ]),
      ).toBe(2);
      expect(await queue.push("q", [{ id: "3", payload: "x" }])).toBe(1);
      const first = await queue.claim("q", 2, 10 * unitMs);
      expect(first).toMatchObject([
        { id: "1", payload, attempt: 1 },
        { id: "2", payload: null },
      ]);
      expect(first[0]!.visibleUntilMs).toBeGreaterThan(now());
      expect(idsOf(await queue.claim("q", 10, 10 * unitMs))).toEqual(["3"]);
      expect(await queue.claim("q", 10, 10 * unitMs)).toEqual([]);
      expect(await queue.claim("never-seen", 1, unitMs)).toEqual([]);
    },
  },
  {
    id: "queue.idempotent",
    title: "takes an id once: waiting, claimed, done or dead, pushing it again changes nothing",
    async run(bench) {
      const { queue } = bench.store;
      const again = async (): Promise<void> => {
        expect(await queue.push("q", [{ id: "1", payload: "other", maxAttempts: 9 }])).toBe(0);
      };
      expect(
        await queue.push("q", [
          { id: "1", payload: 1 },
          { id: "1", payload: 2 },
        ]),
      ).toBe(1);
      await again();
      const item = await claimOne(bench);
      expect(item.payload).toBe(1);
      await again();
      expect(await queue.complete("q", item.receipt)).toBe(true);
      await again();
      expect(await queue.stats("q")).toEqual({ waiting: 0, claimed: 0, dead: 0 });
      await queue.push("q", [{ id: "2", payload: 1 }]);
      await queue.fail("q", (await claimOne(bench)).receipt, { error: "no" });
      expect(await queue.push("q", [{ id: "2", payload: 1 }])).toBe(0);
      expect(await queue.stats("q")).toEqual({ waiting: 0, claimed: 0, dead: 1 });
    },
  },
  {
    id: "queue.forgotten",
    title: "takes a finished id again after a day, under which old receipts stay stale",
    needs: "injected-time",
    async run(bench) {
      const { store, pass, unitMs } = bench;
      await store.queue.push("q", [
        { id: "1", payload: 1 },
        { id: "2", payload: 1 },
      ]);
      const [done, dead] = await store.queue.claim("q", 2, unitMs);
      await store.queue.complete("q", done!.receipt);
      await store.queue.fail("q", dead!.receipt, { error: "no" });
      await pass(DAY_MS / unitMs - 1);
      expect(await store.queue.push("q", [{ id: "1", payload: 2 }])).toBe(0);
      await pass(2);
      expect((await store.queue.stats("q")).dead).toBe(0);
      expect(
        await store.queue.push("q", [
          { id: "1", payload: 2 },
          { id: "2", payload: 2 },
        ]),
      ).toBe(2);
      const again = await store.queue.claim("q", 2, unitMs);
      expect(again).toMatchObject([
        { id: "1", attempt: 1 },
        { id: "2", payload: 2 },
      ]);
      await expectStale(store, done!.receipt);
      await expectStale(store, dead!.receipt);
    },
  },
  {
    id: "queue.not-before",
    title: "holds an item back until its time, without holding up those behind it",
    async run({ store: { queue }, now, pass, unitMs }) {
      await queue.push("q", [
        { id: "later", payload: 1, notBeforeMs: now() + 2 * unitMs },
        { id: "now", payload: 1 },
      ]);
      expect(idsOf(await queue.claim("q", 10, 10 * unitMs))).toEqual(["now"]);
      expect(await queue.stats("q")).toEqual({ waiting: 1, claimed: 1, dead: 0 });
      await pass(3);
      expect(idsOf(await queue.claim("q", 10, 10 * unitMs))).toEqual(["later"]);
    },
  },
  {
    id: "queue.visibility",
    title: "hands an unanswered item out again, as often as allowed; the earlier receipt is stale",
    async run(bench) {
      const { store, pass, unitMs } = bench;
      await store.queue.push("q", [{ id: "1", payload: 1, maxAttempts: 2 }]);
      const first = await claimOne(bench, 2);
      expect(await store.queue.claim("q", 1, unitMs)).toEqual([]);
      await pass(3);
      await expectStale(store, first.receipt);
      const second = await claimOne(bench, 2);
      expect(second).toMatchObject({ id: "1", attempt: 2 });
      expect(second.receipt).not.toBe(first.receipt);
      await expectStale(store, first.receipt);
      expect(await store.queue.stats("q")).toEqual({ waiting: 0, claimed: 1, dead: 0 });
      await pass(3);
      expect(await store.queue.claim("q", 1, unitMs)).toEqual([]);
      expect(await store.queue.stats("q")).toEqual({ waiting: 0, claimed: 0, dead: 1 });
    },
  },
  {
    id: "queue.once",
    title: "never hands an item out twice unless it was pushed with more attempts",
    async run(bench) {
      const { store, pass, unitMs } = bench;
      await store.queue.push("q", [
        { id: "1", payload: 1 },
        { id: "2", payload: 1 },
      ]);
      const [first] = await store.queue.claim("q", 2, unitMs);
      await store.queue.fail("q", first!.receipt, { error: "try again", retryAtMs: 0 });
      await pass(2);
      expect(await store.queue.claim("q", 10, unitMs)).toEqual([]);
      expect((await store.queue.stats("q")).dead).toBe(2);
    },
  },
  {
    id: "queue.extend",
    title: "keeps an extended item hidden",
    async run(bench) {
      const { store, pass, unitMs } = bench;
      await store.queue.push("q", [{ id: "1", payload: 1, maxAttempts: 2 }]);
      const item = await claimOne(bench, 2);
      expect(await store.queue.extend("q", item.receipt, 6 * unitMs)).toBe(true);
      await pass(3);
      expect(await store.queue.claim("q", 1, unitMs)).toEqual([]);
      expect(await store.queue.complete("q", item.receipt)).toBe(true);
    },
  },
  {
    id: "queue.complete",
    title: "is done with a completed item for good",
    async run(bench) {
      const { store, pass, unitMs } = bench;
      await store.queue.push("q", [{ id: "1", payload: 1, maxAttempts: 5 }]);
      const item = await claimOne(bench, 2);
      expect(await store.queue.complete("q", item.receipt)).toBe(true);
      await expectStale(store, item.receipt);
      await pass(3);
      expect(await store.queue.claim("q", 1, unitMs)).toEqual([]);
      await expectStale(store, "no-receipt");
    },
  },
  {
    id: "queue.fail",
    title: "hands a failed item out again at its time and in its place, until it is dead",
    async run(bench) {
      const { store, now, pass, unitMs } = bench;
      const { queue } = store;
      await queue.push("q", [
        { id: "1", payload: 1, maxAttempts: 3 },
        { id: "2", payload: 1 },
      ]);
      const first = await claimOne(bench);
      const retryAtMs = now() + 2 * unitMs;
      expect(await queue.fail("q", first.receipt, { error: "no", retryAtMs })).toBe(true);
      await expectStale(store, first.receipt);
      expect(await queue.stats("q")).toEqual({ waiting: 2, claimed: 0, dead: 0 });
      await pass(3);
      const [second, other] = await queue.claim("q", 2, 10 * unitMs);
      expect([second, other]).toMatchObject([{ id: "1", attempt: 2 }, { id: "2" }]);
      expect(await queue.fail("q", second!.receipt, { error: "no" })).toBe(true);
      expect(await queue.stats("q")).toEqual({ waiting: 0, claimed: 1, dead: 1 });
    },
  },
  {
    id: "queue.apart",
    title: "keeps queues apart",
    async run({ store: { queue }, unitMs }) {
      await queue.push("q", [{ id: "1", payload: "q" }]);
      expect(await queue.push("r", [{ id: "1", payload: "r" }])).toBe(1);
      const [mine] = await queue.claim("q", 5, 10 * unitMs);
      expect(mine?.payload).toBe("q");
      expect(await queue.complete("r", mine!.receipt)).toBe(false);
      expect(await queue.stats("r")).toEqual({ waiting: 1, claimed: 0, dead: 0 });
      expect(await queue.complete("q", mine!.receipt)).toBe(true);
    },
  },
  {
    id: "queue.concurrent",
    title: "gives every item to exactly one of many concurrent claimants",
    async run({ store: { queue }, unitMs }) {
      const items = range(200).map((n) => ({ id: `i${n}`, payload: n }));
      const pushed = await Promise.all(range(4).map(() => queue.push("q", items)));
      expect(pushed.reduce((sum, count) => sum + count)).toBe(200);
      const claims = await Promise.all(range(30).map(() => queue.claim("q", 7, 60 * unitMs)));
      const ids = idsOf(claims.flat());
      expect(ids).toHaveLength(200);
      expect(new Set(ids).size).toBe(200);
      const receipts = claims.flat().map(({ receipt }) => receipt);
      const answers = await Promise.all(
        [...receipts, ...receipts].map((receipt) => queue.complete("q", receipt)),
      );
      expect(answers.filter(Boolean)).toHaveLength(200);
    },
  },
  {
    id: "queue.limits",
    title: "refuses what is no item, and pushes all of a list or nothing",
    async run({ store: { queue }, unitMs }) {
      const good = { id: "good", payload: 1 };
      const bad = [
        { id: "a b", payload: 1 },
        { id: "1", payload: undefined },
        { id: "1", payload: 1, maxAttempts: 0 },
        { id: "1", payload: 1, maxAttempts: 1.5 },
        { id: "1", payload: 1, notBeforeMs: Number.NaN },
      ];
      for (const item of bad)
        expect(await codeOf(queue.push("q", [good, item]))).toBe("bad_request");
      expect(await codeOf(queue.push("a b", [good]))).toBe("bad_request");
      expect(await codeOf(queue.claim("q", 1, 0))).toBe("bad_request");
      expect(await queue.push("q", [])).toBe(0);
      expect(await queue.stats("q")).toEqual({ waiting: 0, claimed: 0, dead: 0 });
      await queue.push(
        "q",
        range(1_001).map((n) => ({ id: `i${n}`, payload: n })),
      );
      expect(await queue.claim("q", 0, unitMs)).toEqual([]);
      expect(await queue.claim("q", Infinity, unitMs)).toHaveLength(1_000);
    },
  },
];
