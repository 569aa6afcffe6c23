import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CatalogRecord, WorkerRecord } from "../../protocol/records.ts";
import { emptyCatalog, workerRecord } from "../testing/fleet.ts";
import type { Tables } from "../tables.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { createPages } from "./page.ts";
import { createViews, type View } from "./view.ts";

const FRESH = { ttlMs: 1, cacheScope: "public" } as const;

function viewOf(tools: Record<string, string[]>): View {
  const workers: WorkerRecord[] = Object.keys(tools).toSorted().map(workerRecord);
  const catalogs = new Map<string, CatalogRecord>(
    Object.entries(tools).map(([worker, names]) => [
      worker,
      {
        worker,
        revision: "r1",
        fetchedAtMs: 0,
        source: "drone",
        catalog: { ...emptyCatalog(), tools: names.map((name) => ({ name })) },
      },
    ]),
  );
  const tables: Partial<Tables> = {
    workers: () => workers,
    worker: (name) => workers.find((one) => one.name === name),
    health: () => undefined,
    catalog: (name) => catalogs.get(name),
    toolset: () => undefined,
    onChange: () => () => {},
  };
  return createViews(tables as Tables).aggregate();
}

function walk(views: (page: number) => View, pageEntries: number, pages = createPages()): string[] {
  const names: string[] = [];
  let cursor: unknown;
  for (let page = 0; page < 100; page++) {
    const { text } = pages.page({
      items: views(page).lists.tools,
      kind: "tools",
      scope: "",
      cursor,
      pageEntries,
      pageChars: 1e6,
      freshness: FRESH,
    });
    const result: { tools: { name: string }[]; nextCursor?: string } = JSON.parse(text);
    expect(result.tools.length).toBeLessThanOrEqual(pageEntries);
    names.push(...result.tools.map(({ name }) => name));
    cursor = result.nextCursor;
    if (cursor === undefined) return names;
  }
  throw new Error("the list never ended");
}

const fleets = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,3}$/),
  fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 6 }),
  { maxKeys: 5 },
);

describe("pages", () => {
  test("together are the whole list in order, whatever their size", () => {
    fc.assert(
      fc.property(fleets, fc.integer({ min: 1, max: 7 }), (tools, size) => {
        const view = viewOf(tools);
        expect(walk(() => view, size)).toEqual(view.lists.tools.map(({ exposed }) => exposed));
      }),
    );
  });

  test("go on through the list as it was when it changes in between", () => {
    const before = viewOf({ a: ["one", "two", "three", "four"], b: ["five"] });
    const after = viewOf({ a: ["one", "three", "four"], b: ["five"] });
    const seen = walk((page) => (page === 0 ? before : after), 2);
    expect(seen).toEqual(before.lists.tools.map(({ exposed }) => exposed));
  });

  test("mean the same on a gateway that never made them, if its list is equal", () => {
    const tools = { a: ["one", "two", "three"] };
    const [here, there] = [createPages(), createPages()];
    const options = { kind: "tools", scope: "", pageEntries: 2, pageChars: 1e6 } as const;
    const first = here.page({
      ...options,
      items: viewOf(tools).lists.tools,
      cursor: undefined,
      freshness: FRESH,
    });
    const cursor: unknown = JSON.parse(first.text).nextCursor;
    const second = { ...options, cursor, freshness: FRESH };
    const rest = there.page({ ...second, items: viewOf(tools).lists.tools });
    expect(JSON.parse(rest.text).tools).toEqual([{ name: "a_three" }]);
    // Another list there: the client is told to begin again, never given a wrong part.
    expect(() =>
      there.page({ ...second, items: viewOf({ a: ["x", "y", "z"] }).lists.tools }),
    ).toThrow(
      expect.objectContaining({ code: "bad_request", hint: expect.stringContaining("start") }),
    );
  });

  test("hold at least one entry, however large it is", () => {
    const view = viewOf({ a: ["one", "two"] });
    const { text } = createPages().page({
      items: view.lists.tools,
      kind: "tools",
      scope: "",
      cursor: undefined,
      pageEntries: 10,
      pageChars: 1,
      freshness: FRESH,
    });
    expect(JSON.parse(text).tools).toHaveLength(1);
  });
});

describe("cursors", () => {
  test("come back as they were, for their own list and endpoint alone", () => {
    const place = fc.record({
      kind: fc.constantFrom("tools" as const, "prompts" as const),
      scope: fc.string({ maxLength: 63 }),
      fingerprint: fc.stringMatching(/^[0-9a-z]{14}$/),
      index: fc.nat(),
    });
    fc.assert(
      fc.property(place, (one) => {
        const cursor = encodeCursor(one);
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(decodeCursor(cursor, one.kind, one.scope)).toEqual(one);
        expect(() => decodeCursor(cursor, "resources", one.scope)).toThrow(/cursor/);
        expect(() => decodeCursor(cursor, one.kind, `${one.scope}x`)).toThrow(/cursor/);
      }),
    );
  });

  test("of any other making are refused, never more than that", () => {
    fc.assert(
      fc.property(fc.anything(), (junk) => {
        expect(() => decodeCursor(junk, "tools", "")).toThrowError(
          expect.objectContaining({ code: "bad_request" }),
        );
      }),
    );
  });
});
