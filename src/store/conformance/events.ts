import { expect } from "vitest";
import type { StoredEvent } from "../contract.ts";
import { codeOf, range, type Bench } from "./bench.ts";
import type { StoreCase } from "./case.ts";

const valuesOf = (events: readonly StoredEvent[]): unknown[] => events.map(({ value }) => value);

/** A subscriber that reads as fast as it can. */
function follower({ store, signal }: Bench, topic: string, after?: string) {
  const seen: StoredEvent[] = [];
  const stopping = new AbortController();
  const follow = async (): Promise<void> => {
    const either = AbortSignal.any([signal, stopping.signal]);
    for await (const batch of store.events.subscribe(topic, either, after)) seen.push(...batch);
  };
  return { seen, ended: follow(), stop: () => stopping.abort() };
}

export const eventCases: StoreCase[] = [
  {
    id: "events.order",
    title: "keeps events in order, under offsets that grow as text",
    async run({ store: { events }, now }) {
      const before = now();
      await events.append("t", [{ n: 0 }, [1]]);
      const last = await events.append("t", ["ž\u0000", null]);
      const all = await events.read("t", { limit: 10 });
      expect(valuesOf(all)).toEqual([{ n: 0 }, [1], "ž\u0000", null]);
      expect(all.at(-1)?.offset).toBe(last);
      const offsets = all.map(({ offset }) => offset);
      expect(offsets).toEqual([...new Set(offsets)].toSorted());
      // Backends stamp with clocks of their own; a minute is more than any two may differ.
      for (const { atMs } of all) expect(Math.abs(atMs - before)).toBeLessThan(60_000);
      expect(await events.read("none", { limit: 10 })).toEqual([]);
      expect(await events.tail("none", 10)).toEqual([]);
    },
  },
  {
    id: "events.offsets",
    title: "lets offsets sort as text over many events",
    async run({ store: { events } }) {
      const lasts = [];
      for (const n of range(120)) lasts.push(await events.append("t", range((n % 11) + 1)));
      expect(lasts).toEqual(lasts.toSorted());
      expect(new Set(lasts).size).toBe(120);
    },
  },
  {
    id: "events.read",
    title: "reads after an offset and up to a limit, and tells the newest",
    async run({ store: { events } }) {
      await events.append("t", range(10));
      const first = await events.read("t", { limit: 4 });
      expect(valuesOf(first)).toEqual([0, 1, 2, 3]);
      const after = first.at(-1)!.offset;
      expect(valuesOf(await events.read("t", { after, limit: 3 }))).toEqual([4, 5, 6]);
      expect(valuesOf(await events.read("t", { after, limit: 99 }))).toEqual([4, 5, 6, 7, 8, 9]);
      expect(await events.read("t", { limit: 0 })).toEqual([]);
      expect(valuesOf(await events.tail("t", 3))).toEqual([7, 8, 9]);
      expect(await events.tail("t", 99)).toHaveLength(10);
      const end = (await events.tail("t", 1))[0]!.offset;
      expect(await events.read("t", { after: end, limit: 5 })).toEqual([]);
    },
  },
  {
    id: "events.atomic",
    title: "appends all of a list together or nothing, also beside other writers",
    async run({ store: { events } }) {
      expect(await codeOf(events.append("t", []))).toBe("bad_request");
      expect(await codeOf(events.append("t", [1, undefined, 2]))).toBe("bad_request");
      expect(await codeOf(events.append("a b", [1]))).toBe("bad_request");
      expect(await events.read("t", { limit: 10 })).toEqual([]);
      await Promise.all(
        range(20).map((w) =>
          events.append(
            "t",
            range(5).map((n) => [w, n]),
          ),
        ),
      );
      const all = valuesOf(await events.read("t", { limit: 1_000 })) as [number, number][];
      expect(all).toHaveLength(100);
      for (const start of range(20)) {
        const batch = all.slice(start * 5, start * 5 + 5);
        expect(batch).toEqual(range(5).map((n) => [batch[0]?.[0], n]));
      }
    },
  },
  {
    id: "events.apart",
    title: "keeps topics apart",
    async run({ store: { events } }) {
      await events.append("t", ["t"]);
      await events.append("t/u", ["u"]);
      expect(valuesOf(await events.read("t", { limit: 5 }))).toEqual(["t"]);
      await events.trim("t", 0);
      expect(valuesOf(await events.tail("t/u", 5))).toEqual(["u"]);
    },
  },
  {
    id: "events.trim",
    title: "keeps the newest when trimmed, and goes on counting",
    async run({ store: { events } }) {
      const last = await events.append("t", range(10));
      expect(await events.trim("t", 4)).toBe(6);
      expect(valuesOf(await events.read("t", { limit: 99 }))).toEqual([6, 7, 8, 9]);
      expect(await events.trim("t", 4)).toBe(0);
      expect(await events.trim("t", 0)).toBe(4);
      expect(await events.read("t", { limit: 99 })).toEqual([]);
      expect(await events.append("t", [10])).toSatisfy((offset: string) => offset > last);
      expect(valuesOf(await events.read("t", { after: last, limit: 99 }))).toEqual([10]);
      expect(await events.trim("none", 0)).toBe(0);
    },
  },
  {
    id: "events.subscribe",
    title: "tells a subscriber everything after its offset, once and in order, old and new",
    async run(bench) {
      const { events } = bench.store;
      await events.append("t", range(700));
      const after = (await events.read("t", { limit: 100 })).at(-1)!.offset;
      const one = follower(bench, "t", after);
      for (const n of range(50)) await events.append("t", [700 + n]);
      const two = follower(bench, "t", after);
      await Promise.all(range(50).map((n) => events.append("t", [750 + n])));
      await bench.until("all told", () => one.seen.length + two.seen.length >= 1_400);
      const expected = valuesOf(await events.read("t", { after, limit: 1_000 }));
      expect(valuesOf(one.seen)).toEqual(expected);
      expect(valuesOf(two.seen)).toEqual(expected);
    },
  },
  {
    id: "events.subscribe-now",
    title: "tells a subscriber without an offset nothing of before",
    async run(bench) {
      const { events } = bench.store;
      await events.append("t", ["before"]);
      const late = follower(bench, "t");
      // When exactly it began is the driver's: something is appended until it has.
      await bench.until("told", async () => {
        await events.append("t", ["after"]);
        return late.seen.length;
      });
      expect(new Set(valuesOf(late.seen))).toEqual(new Set(["after"]));
    },
  },
  {
    id: "events.lag",
    title: "loses nothing for a reader 10,000 behind, and only the oldest for one further behind",
    async run(bench) {
      const { events } = bench.store;
      const drain = async (topic: string, after: string, last: number): Promise<unknown[]> => {
        const reader = follower(bench, topic, after);
        await bench.until("caught up", () => reader.seen.at(-1)?.value === last);
        return valuesOf(reader.seen);
      };
      for (const { topic, count } of [
        { topic: "just", count: 10_000 },
        { topic: "over", count: 12_500 },
      ]) {
        const after = await events.append(topic, [-1]);
        for (const start of range(count / 500)) {
          await events.append(
            topic,
            range(500).map((n) => start * 500 + n),
          );
        }
        const seen = await drain(topic, after, count - 1);
        expect(seen.length).toBeGreaterThanOrEqual(10_000);
        expect(seen).toEqual(range(count).slice(-seen.length));
      }
    },
  },
  {
    id: "events.ends",
    title: "ends a subscription when its signal aborts or its reader leaves, and no other",
    async run(bench) {
      const { store, signal, soon, until } = bench;
      const first = await store.events.append("t", [0]);
      const aborted = store.events.subscribe("t", AbortSignal.abort())[Symbol.asyncIterator]();
      expect(await soon(aborted.next())).toMatchObject({ done: true });
      const [stopped, kept] = [follower(bench, "t", first), follower(bench, "t", first)];
      stopped.stop();
      await soon(stopped.ended);
      const left = store.events.subscribe("t", signal, first)[Symbol.asyncIterator]();
      const waiting = left.next();
      await soon(left.return!());
      expect(await soon(waiting)).toMatchObject({ done: true });
      await store.events.append("t", [1]);
      await until("told", () => kept.seen.length);
      expect(stopped.seen).toEqual([]);
    },
  },
];
