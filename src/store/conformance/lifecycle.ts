import { expect } from "vitest";
import type { Store } from "../contract.ts";
import { codeOf, range, viewOf, type Bench } from "./bench.ts";
import type { StoreCase } from "./case.ts";

const HOUR_MS = 3_600_000;

/** Everything a store can hold, some of it in the middle of being used. */
async function fill({ records, leases, queue, events }: Store) {
  const version = await records.put("kept/a", { a: 1 });
  await records.put("kept/b", 1);
  await records.delete("kept/b");
  const lease = (await leases.acquire("kept", "a", HOUR_MS))!;
  await queue.push("q", [
    { id: "done", payload: 1 },
    { id: "claimed", payload: 2 },
    { id: "waiting", payload: 3 },
  ]);
  const [done, claimed] = await queue.claim("q", 2, HOUR_MS);
  await queue.complete("q", done!.receipt);
  await events.append("t", ["one", "two"]);
  await events.trim("t", 1);
  const offset = await events.append("t", ["three"]);
  return { version: version.ok ? version.version : -1, lease, claimed: claimed!, offset };
}

export const lifecycleCases: StoreCase[] = [
  {
    id: "store.capabilities",
    title: "states what it is",
    async run({ store: { capabilities }, subject }) {
      expect(capabilities.driver).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(capabilities.durable, "durable, so `reopen` is given").toBe(
        subject.reopen !== undefined,
      );
      expect(capabilities.shared, "shared, so `connect` is given").toBe(
        subject.connect !== undefined,
      );
    },
  },
  {
    id: "store.close",
    title:
      "ends watches and subscriptions when closed, refuses everything afterwards, closes twice",
    async run({ store, soon, signal, until }) {
      const view = viewOf(store, "", signal);
      await until("snapshot", () => view.batches.length);
      const subscription = store.events.subscribe("t", signal)[Symbol.asyncIterator]();
      const waiting = subscription.next();
      await store.close();
      await store.close();
      await soon(view.ended);
      expect(await soon(waiting)).toMatchObject({ done: true });
      const lease = { name: "l", holder: "a", token: 1, expiresAtMs: 0 };
      const refused = [
        store.records.get("k"),
        store.records.list(""),
        store.records.put("k", 1),
        store.records.delete("k"),
        store.leases.acquire("l", "a", 1_000),
        store.leases.renew(lease, 1_000),
        store.leases.release(lease),
        store.leases.get("l"),
        store.queue.push("q", [{ id: "1", payload: 1 }]),
        store.queue.claim("q", 1, 1_000),
        store.queue.extend("q", "1.1", 1_000),
        store.queue.complete("q", "1.1"),
        store.queue.fail("q", "1.1", { error: "no" }),
        store.queue.stats("q"),
        store.events.append("t", [1]),
        store.events.read("t", { limit: 1 }),
        store.events.tail("t", 1),
        store.events.trim("t", 1),
      ];
      expect(new Set(await Promise.all(refused.map(codeOf)))).toEqual(
        new Set(["store_unreadable"]),
      );
      const late = viewOf(store, "", signal);
      await soon(late.ended);
      expect(late.batches).toEqual([]);
    },
  },
  {
    id: "store.durable",
    title: "remembers everything when opened again, and gives no number out twice",
    needs: "durable",
    async run({ store, subject }) {
      const before = await fill(store);
      await store.close();
      const again = await subject.reopen!();
      try {
        const { version, lease, claimed, offset } = before;
        expect(await again.records.list("")).toEqual([{ key: "kept/a", value: { a: 1 }, version }]);
        const next = await again.records.put("kept/b", 2);
        expect(next.ok && next.version).toBeGreaterThan(version + 1);
        expect(await again.leases.get("kept")).toEqual(lease);
        expect((await again.leases.acquire("kept", "a", HOUR_MS))!.token).toBeGreaterThan(
          lease.token,
        );
        expect(await again.queue.push("q", [{ id: "done", payload: 1 }])).toBe(0);
        expect(await again.queue.stats("q")).toEqual({ waiting: 1, claimed: 1, dead: 0 });
        expect(await again.queue.complete("q", claimed.receipt)).toBe(true);
        const events = await again.events.read("t", { limit: 9 });
        expect(events.map(({ value }) => value)).toEqual(["two", "three"]);
        expect(await again.events.append("t", ["four"])).toSatisfy((last: string) => last > offset);
      } finally {
        await again.close();
      }
    },
  },
  {
    id: "store.shared",
    title: "lets several handles act as one store",
    needs: "shared",
    async run(bench) {
      const other = await bench.subject.connect!();
      try {
        await actTogether(bench, other);
      } finally {
        await other.close();
      }
    },
  },
];

async function actTogether({ store, signal, until, unitMs }: Bench, other: Store): Promise<void> {
  const view = viewOf(other, "s/", signal);
  await until("snapshot", () => view.batches.length);
  await store.records.put("s/a", 1);
  expect((await other.records.get("s/a"))?.value).toBe(1);
  await until("told", () => view.state.has("s/a"));
  await store.records.delete("s/a");
  await until("told of the end", () => !view.state.has("s/a"));
  const handles = [store, other];
  const both = <T>(act: (handle: Store, n: number) => Promise<T>): Promise<T[]> =>
    Promise.all(range(20).map((n) => act(handles[n % 2]!, n)));
  const created = await both(({ records }, n) => records.put("s/race", n, { ifVersion: "absent" }));
  expect(created.filter(({ ok }) => ok)).toHaveLength(1);
  const won = await both(({ leases }, n) => leases.acquire("race", `holder-${n}`, 60 * unitMs));
  expect(won.filter((lease) => lease !== undefined)).toHaveLength(1);
  await store.queue.push(
    "q",
    range(40).map((n) => ({ id: `i${n}`, payload: n })),
  );
  const claims = (await both(({ queue }) => queue.claim("q", 3, 60 * unitMs))).flat();
  expect(new Set(claims.map(({ id }) => id)).size).toBe(40);
  expect(claims).toHaveLength(40);
  const first = await store.events.append("t", [0]);
  const told = other.events.subscribe("t", signal, first)[Symbol.asyncIterator]();
  const waiting = told.next();
  await store.events.append("t", [1]);
  expect(await waiting).toMatchObject({ value: [{ value: 1 }] });
}
