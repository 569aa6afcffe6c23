import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CatalogRecord, WorkerRecord } from "../../protocol/records.ts";
import { emptyCatalog, workerRecord } from "../testing/fleet.ts";
import type { Tables } from "../tables.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { pageOf } from "./page.ts";
import { createViews, type View } from "./view.ts";

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
    onChange: () => () => {},
  };
  return createViews(tables as Tables).aggregate();
}

function walk(views: (page: number) => View, pageEntries: number): string[] {
  const names: string[] = [];
  let cursor: unknown;
  for (let page = 0; page < 100; page++) {
    const { text } = pageOf({
      view: views(page),
      kind: "tools",
      scope: "",
      cursor,
      pageEntries,
      pageChars: 1e6,
      ttlMs: 1,
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

  test("lose nothing that stays when a list shrinks in between", () => {
    const before = viewOf({ a: ["one", "two", "three", "four"], b: ["five"] });
    const after = viewOf({ a: ["one", "three", "four"], b: ["five"] });
    const seen = walk((page) => (page === 0 ? before : after), 2);
    expect(seen).toEqual(["a_one", "a_two", "a_three", "a_four", "b_five"]);
  });

  test("hold at least one entry, however large it is", () => {
    const view = viewOf({ a: ["one", "two"] });
    const { text } = pageOf({
      view,
      kind: "tools",
      scope: "",
      cursor: undefined,
      pageEntries: 10,
      pageChars: 1,
      ttlMs: 1,
    });
    expect(JSON.parse(text).tools).toHaveLength(1);
  });
});

describe("cursors", () => {
  test("come back as they were, for their own list and endpoint alone", () => {
    const place = fc.record({
      kind: fc.constantFrom("tools" as const, "prompts" as const),
      scope: fc.string(),
      worker: fc.string(),
      original: fc.string({ unit: "binary", maxLength: 50 }).filter((text) => text.isWellFormed()),
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
