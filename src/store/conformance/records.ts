import { expect } from "vitest";
import type { Store } from "../contract.ts";
import { codeOf, range } from "./bench.ts";
import type { StoreCase } from "./case.ts";

/** What drivers tend to spoil on the way: numbers, empty things, characters, and names that JavaScript treats apart. */
const AWKWARD: unknown[] = [
  null,
  false,
  0,
  -0.5,
  1e21,
  Number.MAX_SAFE_INTEGER,
  "",
  "a\u0000b\n\t\\\"'\u2028",
  "žluťoučký 🐎 \ud800",
  [],
  {},
  [[null], { a: [] }],
  JSON.parse('{"__proto__":1,"constructor":{"a":[]},"":null,"a b":"c"}'),
];

async function put(store: Store, key: string, value: unknown): Promise<number> {
  const outcome = await store.records.put(key, value);
  if (!outcome.ok) throw new Error(`A plain put was refused: ${outcome.reason}.`);
  return outcome.version;
}

export const recordCases: StoreCase[] = [
  {
    id: "records.values",
    title: "gives back every JSON value as it was put",
    async run({ store }) {
      expect(await store.records.get("values/none")).toBeUndefined();
      for (const [index, value] of AWKWARD.entries()) {
        const version = await put(store, `values/${index}`, value);
        const record = await store.records.get(`values/${index}`);
        expect(record).toEqual({ key: `values/${index}`, value, version });
        expect(JSON.stringify(record?.value)).toBe(JSON.stringify(value));
      }
    },
  },
  {
    id: "records.values-apart",
    title: "keeps what was put apart from what readers and writers do with their objects",
    async run({ store }) {
      const mine = { list: [1] };
      await put(store, "apart", mine);
      mine.list.push(2);
      const first = await store.records.get("apart");
      (first!.value as typeof mine).list.push(3);
      expect((await store.records.get("apart"))?.value).toEqual({ list: [1] });
      const [listed] = await store.records.list("apart");
      (listed!.value as typeof mine).list.push(4);
      expect((await store.records.list("apart"))[0]?.value).toEqual({ list: [1] });
    },
  },
  {
    id: "records.versions",
    title: "lets a key's version grow with every change, also across delete and re-creation",
    async run({ store }) {
      const first = await put(store, "grows", 1);
      const second = await put(store, "grows", 1);
      expect(second).toBeGreaterThan(first);
      await store.records.delete("grows");
      expect(await put(store, "grows", 2)).toBeGreaterThan(second);
    },
  },
  {
    id: "records.list",
    title: "lists exactly what is under a prefix, ordered by key",
    async run({ store }) {
      // Characters that pattern languages of backends give a meaning to, and the ends of the range.
      const keys = [
        "p/~",
        "p/a",
        "p/a/b",
        "p/a%",
        "p/a*",
        "p/a?",
        "p/aB",
        "p/[a]",
        "p/a_",
        "p/\\",
        "p/!",
      ];
      for (const key of [...keys, "p", "q/a", "o/a", "P/a"]) await put(store, key, key);
      const expected = keys.toSorted((a, b) => (a < b ? -1 : 1));
      expect((await store.records.list("p/")).map(({ key }) => key)).toEqual(expected);
      expect((await store.records.list("p/a")).map(({ key }) => key)).toEqual(
        expected.filter((key) => key.startsWith("p/a")),
      );
      for (const pattern of ["p/a%", "p/a_", "p/a*", "p/a?", "p/[a]", "p/\\"]) {
        expect((await store.records.list(pattern)).map(({ key }) => key)).toEqual([pattern]);
      }
      expect(await store.records.list("none/")).toEqual([]);
      expect(await store.records.list("")).toHaveLength(keys.length + 4);
    },
  },
  {
    id: "records.list-bound",
    title: "refuses to list more than 100,000 records instead of cutting the list",
    async run({ store }) {
      for (const thousand of range(100)) {
        await Promise.all(range(1_000).map((n) => store.records.put(`many/${thousand}/${n}`, n)));
      }
      expect(await store.records.list("many/")).toHaveLength(100_000);
      await put(store, "many/more", 1);
      expect(await codeOf(store.records.list("many/"))).toBe("bad_request");
      expect(await store.records.list("many/99/")).toHaveLength(1_000);
    },
  },
  {
    id: "records.if-version",
    title: "writes and deletes only on the version that was asked for",
    async run({ store }) {
      const { records } = store;
      const conflict = { ok: false, reason: "conflict" };
      expect(await records.put("cas", 0, { ifVersion: 1 })).toEqual(conflict);
      expect(await records.get("cas")).toBeUndefined();
      expect(await records.put("cas", 1, { ifVersion: "absent" })).toMatchObject({ ok: true });
      const first = (await records.get("cas"))?.version ?? -1;
      expect(await records.put("cas", 2, { ifVersion: "absent" })).toEqual(conflict);
      expect(await records.put("cas", 2, { ifVersion: first + 1 })).toEqual(conflict);
      expect(await records.delete("cas", { ifVersion: first + 1 })).toBe(false);
      expect(await records.get("cas")).toEqual({ key: "cas", value: 1, version: first });
      const second = await records.put("cas", 2, { ifVersion: first });
      expect(second).toMatchObject({ ok: true });
      expect(await records.put("cas", 3, { ifVersion: first })).toEqual(conflict);
      expect(await records.delete("cas", { ifVersion: first })).toBe(false);
      expect(await records.delete("cas", { ifVersion: "absent" })).toBe(false);
      const version = second.ok ? second.version : -1;
      expect(await records.delete("cas", { ifVersion: version })).toBe(true);
      expect(await records.put("cas", 4, { ifVersion: version })).toEqual(conflict);
    },
  },
  {
    id: "records.concurrent",
    title: "lets one of many concurrent creations win, and loses no concurrent increment",
    async run({ store }) {
      const { records } = store;
      const created = await Promise.all(
        range(20).map((n) => records.put("race", n, { ifVersion: "absent" })),
      );
      expect(created.filter(({ ok }) => ok)).toHaveLength(1);
      await records.put("count", 0);
      const increment = async (): Promise<void> => {
        for (let attempts = 0; attempts < 1_000; attempts += 1) {
          const { value, version } = (await records.get("count"))!;
          const next = await records.put("count", Number(value) + 1, { ifVersion: version });
          if (next.ok) return;
        }
        throw new Error("An increment never got through.");
      };
      await Promise.all(range(20).map(increment));
      expect((await records.get("count"))?.value).toBe(20);
    },
  },
  {
    id: "records.delete",
    title: "deletes once and says so",
    async run({ store }) {
      await put(store, "gone/a", 1);
      await put(store, "gone/b", 1);
      expect(await store.records.delete("gone/a")).toBe(true);
      expect(await store.records.delete("gone/a")).toBe(false);
      expect(await store.records.get("gone/a")).toBeUndefined();
      expect((await store.records.list("gone/")).map(({ key }) => key)).toEqual(["gone/b"]);
    },
  },
  {
    id: "records.fence",
    title: "refuses writes and deletes whose fencing token is no longer the newest",
    async run({ store, pass, unitMs }) {
      const { records, leases } = store;
      const fenced = { ok: false, reason: "fenced" };
      expect(await records.put("f", 0, { fence: { name: "leader", token: 1 } })).toEqual(fenced);
      const old = (await leases.acquire("leader", "a", unitMs))!;
      expect(await records.put("f", 1, { fence: old })).toMatchObject({ ok: true });
      await pass(2);
      // Nobody took it: what the old leader does now can hurt nobody.
      expect(await records.put("f", 2, { fence: old })).toMatchObject({ ok: true });
      const current = (await leases.acquire("leader", "b", unitMs))!;
      expect(await records.put("f", 3, { fence: old })).toEqual(fenced);
      expect(await records.delete("f", { fence: old })).toBe(false);
      expect(
        await records.put("f", 3, { fence: { ...current, token: current.token + 1 } }),
      ).toEqual(fenced);
      const { value, version } = (await records.get("f"))!;
      expect(value).toBe(2);
      expect(await records.put("f", 4, { fence: current, ifVersion: version + 1 })).toMatchObject({
        reason: "conflict",
      });
      expect(await records.put("f", 4, { fence: current, ifVersion: version })).toMatchObject({
        ok: true,
      });
      expect(await records.delete("f", { fence: current })).toBe(true);
    },
  },
  {
    id: "records.expiry",
    title: "forgets a record at its time, and not one whose time was taken back",
    async run({ store, now, pass, unitMs }) {
      const { records } = store;
      const first = await records.put("e/short", 1, { expiresAtMs: now() + 2 * unitMs });
      await records.put("e/long", 1, { expiresAtMs: now() + 3_600_000 });
      await records.put("e/kept", 1, { expiresAtMs: now() + 2 * unitMs });
      await records.put("e/kept", 2);
      expect((await records.list("e/")).map(({ key }) => key)).toEqual([
        "e/kept",
        "e/long",
        "e/short",
      ]);
      await pass(3);
      expect(await records.get("e/short")).toBeUndefined();
      expect((await records.list("e/")).map(({ key }) => key)).toEqual(["e/kept", "e/long"]);
      expect(await records.delete("e/short")).toBe(false);
      const again = await records.put("e/short", 2, { ifVersion: "absent" });
      expect(again.ok && first.ok && again.version > first.version).toBe(true);
      await pass(3);
      expect((await records.get("e/short"))?.value).toBe(2);
    },
  },
  {
    id: "records.limits",
    title: "refuses keys and values beyond the limits, and keeps nothing of them",
    async run({ store }) {
      const { records } = store;
      for (const key of ["", "a b", "a\nb", "ä", "a".repeat(513)]) {
        expect(await codeOf(records.put(key, 1))).toBe("bad_request");
      }
      const cycle: unknown[] = [];
      cycle.push(cycle);
      for (const value of [undefined, () => 1, 1n, cycle]) {
        expect(await codeOf(records.put("limits", value))).toBe("bad_request");
      }
      expect(await codeOf(records.put("limits", "ä".repeat(2_097_152)))).toBe("message_too_large");
      expect(await codeOf(records.put("limits", 1, { expiresAtMs: Number.NaN }))).toBe(
        "bad_request",
      );
      expect(await records.list("")).toEqual([]);
      const longest = "k".repeat(512);
      const largest = "x".repeat(4 * 1024 * 1024 - 2);
      await put(store, longest, largest);
      expect((await records.get(longest))?.value).toBe(largest);
    },
  },
];
