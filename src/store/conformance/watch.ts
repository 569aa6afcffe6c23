import { expect } from "vitest";
import { range, slowWatch, sortedState, viewOf } from "./bench.ts";
import type { StoreCase } from "./case.ts";

export const watchCases: StoreCase[] = [
  {
    id: "watch.snapshot",
    title: "tells the state under the prefix first, then never again a snapshot",
    async run(bench) {
      const { store, signal, until } = bench;
      expect((await slowWatch(bench, "none/")).snapshot).toEqual({ snapshot: true, changes: [] });
      for (const key of ["s/b", "s/a", "t/a"]) await store.records.put(key, key);
      const view = viewOf(store, "s/", signal);
      await until("snapshot", () => view.batches.length);
      const records = await store.records.list("s/");
      const changes = records.map((record) => ({ kind: "put", record }));
      expect(view.batches).toEqual([{ snapshot: true, changes }]);
      await store.records.put("s/c", 1);
      await until("change", () => view.state.has("s/c"));
      expect(view.batches.slice(1).every(({ snapshot }) => !snapshot)).toBe(true);
    },
  },
  {
    id: "watch.changes",
    title: "tells puts, deletes and expiries under its prefix, and nothing else",
    async run(bench) {
      const { store, now, pass, unitMs, signal, until } = bench;
      const view = viewOf(store, "w/", signal);
      await until("snapshot", () => view.batches.length);
      await store.records.put("v/other", 1);
      await store.records.put("w", 1);
      await store.records.put("w/a", { n: 1 });
      await store.records.put("w/b", 1, { expiresAtMs: now() + 2 * unitMs });
      await until("both", () => view.state.size === 2);
      expect(sortedState(view)).toEqual(await store.records.list("w/"));
      await store.records.delete("w/a");
      await until("deleted", () => !view.state.has("w/a"));
      expect(view.state.has("w/b")).toBe(true);
      await pass(3);
      await until("expired", () => !view.state.has("w/b"));
      const keys = view.batches.flatMap(({ changes }) =>
        changes.map((change) => (change.kind === "put" ? change.record.key : change.key)),
      );
      expect(new Set(keys)).toEqual(new Set(["w/a", "w/b"]));
    },
  },
  {
    id: "watch.refused",
    title: "tells nothing of a refused write",
    async run({ store, signal, until }) {
      const view = viewOf(store, "r/", signal);
      await until("snapshot", () => view.batches.length);
      await store.records.put("r/a", 1, { ifVersion: 7 });
      await store.records.put("r/a", 1, { fence: { name: "nobody", token: 1 } });
      await store.records.delete("r/a");
      await store.records.put("r/end", 1);
      await until("the end", () => view.state.has("r/end"));
      expect([...view.state.keys()]).toEqual(["r/end"]);
      expect(view.batches.slice(1).flatMap(({ changes }) => changes)).toHaveLength(1);
    },
  },
  {
    id: "watch.coalesces",
    title: "tells a slow reader of many changes of a key as its last one",
    async run(bench) {
      const { store, signal, until } = bench;
      const slow = await slowWatch(bench, "c/");
      const quick = viewOf(store, "c/", signal);
      await until("snapshot", () => quick.batches.length);
      for (const n of range(500)) await store.records.put(`c/${n % 2}`, n);
      // What the quick one has heard of has reached this process.
      await until("all told", () => quick.state.get("c/1")?.value === 499);
      const told: unknown[] = [];
      let batches = 0;
      for (; told.at(-1) !== 499; batches += 1) {
        const { changes } = await slow.next();
        expect(changes.length).toBeLessThanOrEqual(2);
        for (const change of changes) told.push(change.kind === "put" && change.record.value);
      }
      // One batch may have been on its way from elsewhere when the others came.
      expect(batches).toBeLessThanOrEqual(2);
      expect(told).toContain(498);
    },
  },
  {
    id: "watch.bounded",
    title: "holds for a reader that does not read no more than is stored",
    async run(bench) {
      const { store, signal, until } = bench;
      const slow = await slowWatch(bench, "b/");
      const quick = viewOf(store, "b/", signal);
      await until("snapshot", () => quick.batches.length);
      for (const n of range(2_000)) {
        await store.records.put(`b/${n}`, n);
        await store.records.delete(`b/${n}`);
      }
      await store.records.put("b/end", 1);
      await until("all told", () => quick.state.has("b/end") && quick.state.size === 1);
      expect((await slow.next()).changes).toHaveLength(1);
    },
  },
  {
    id: "watch.complete",
    title:
      "loses no change under concurrent writers, whenever the watch begins, and goes never back",
    async run(bench) {
      const { store, signal, until } = bench;
      const views = [viewOf(store, "n/", signal)];
      const write = async (writer: number): Promise<void> => {
        for (const n of range(60)) {
          const key = `n/${(writer * 7 + n) % 11}`;
          if (n % 5 === 4) await store.records.delete(key);
          else await store.records.put(key, { writer, n });
          if (n % 20 === writer) views.push(viewOf(store, "n/", signal));
        }
      };
      await Promise.all(range(5).map(write));
      await store.records.put("n/end", 1);
      expect(views.length).toBeGreaterThan(10);
      const records = await store.records.list("n/");
      for (const view of views) {
        await until("the end", () => view.state.has("n/end"));
        expect(sortedState(view)).toEqual(records);
        for (const versions of view.versions.values()) {
          expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
        }
      }
    },
  },
  {
    id: "watch.apart",
    title: "gives each watcher values of its own",
    async run(bench) {
      const { store } = bench;
      const [one, two] = [await slowWatch(bench, "a/"), await slowWatch(bench, "a/")];
      await store.records.put("a/x", { list: [1] });
      const [change] = (await one.next()).changes;
      if (change?.kind === "put") (change.record.value as { list: number[] }).list.push(2);
      expect((await two.next()).changes).toMatchObject([{ record: { value: { list: [1] } } }]);
    },
  },
  {
    id: "watch.ends",
    title: "ends a watch when its signal aborts or its reader leaves, and no other",
    async run({ store, signal, soon, until }) {
      const aborted = store.records.watch("x/", AbortSignal.abort())[Symbol.asyncIterator]();
      expect(await soon(aborted.next())).toMatchObject({ done: true });
      const [stopped, kept] = [viewOf(store, "x/", signal), viewOf(store, "x/", signal)];
      await until("snapshots", () => stopped.batches.length + kept.batches.length === 2);
      stopped.stop();
      await soon(stopped.ended);
      const left = store.records.watch("x/", signal)[Symbol.asyncIterator]();
      await soon(left.next());
      const waiting = left.next();
      await soon(left.return!());
      expect(await soon(waiting)).toMatchObject({ done: true });
      await store.records.put("x/a", 1);
      await until("told", () => kept.state.has("x/a"));
      expect(stopped.state.size).toBe(0);
    },
  },
];
