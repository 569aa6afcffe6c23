import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describeToolpack, toolpackClient } from "flotilla/worker/conformance";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createWorker } from "../src/worker.ts";

const folder = mkdtempSync(join(tmpdir(), "flotilla-notes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const env = { NOTES_URL: pathToFileURL(join(folder, "shown")).href };

describeToolpack(() => createWorker({ env, now: () => 0, random: () => "abc" }), {
  tools: ["notes_add", "notes_list", "notes_read", "notes_search", "notes_delete"],
  catalog: new URL("../catalog.gen.json", import.meta.url),
  asksOutside: ["notes_add", "notes_list", "notes_read", "notes_search", "notes_delete"],
  changes: {
    notes_add: { readOnlyHint: false, destructiveHint: false, idempotentHint: false },
    notes_delete: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
  },
  takesNothing: ["notes_list"],
  // Its note is not there; below it is.
  cannotHere: ["notes_read"],
});

describe("notes", () => {
  const place = join(folder, "own");
  let turn = 0;
  const parts = {
    env: { NOTES_URL: pathToFileURL(place).href },
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5) + turn * 1000,
    random: () => `r${(turn += 1)}`,
  };
  const { call, close } = toolpackClient(createWorker(parts));
  afterAll(close);
  beforeEach(() => rmSync(place, { recursive: true, force: true }));

  it("are kept as Markdown that people can read, listed newest first, read and deleted", async () => {
    const first = await call("notes_add", {
      title: "Café: öffnet",
      text: "At **nine**.\n\nDaily.",
    });
    const { id } = first.value;
    expect(id).toBe("2026-01-02T030405-cafe-o-ffnet-r1");
    expect(readFileSync(join(place, `${String(id)}.md`), "utf8")).toBe(
      "# Café: öffnet\n\nAt **nine**.\n\nDaily.\n",
    );
    const second = await call("notes_add", { title: "Port", text: "7420" });
    writeFileSync(join(place, "picture.png"), "");
    expect((await call("notes_list", {})).value).toEqual({
      notes: [
        { id: second.value["id"], title: "Port" },
        { id, title: "Café: öffnet" },
      ],
      total: 2,
    });
    expect((await call("notes_read", { id })).value).toEqual({
      id,
      title: "Café: öffnet",
      text: "At **nine**.\n\nDaily.",
    });
    await call("notes_delete", { id });
    expect((await call("notes_read", { id })).text).toContain("There is no note");
    expect((await call("notes_list", {})).value["total"]).toBe(1);
  });

  it("are found by all words, in title and text, whatever the case", async () => {
    for (const title of ["Harbour rules", "Harbour lights", "Weather"]) {
      await call("notes_add", { title, text: title === "Weather" ? "Rules the harbour." : "x" });
    }
    const titles = async (query: string) =>
      ((await call("notes_search", { query })).value["notes"] as { title: string }[]).map(
        ({ title }) => title,
      );
    expect(await titles("HARBOUR rules")).toEqual(["Weather", "Harbour rules"]);
    expect(await titles("lights (")).toEqual([]);
    expect((await call("notes_search", { query: "harbour", limit: 1 })).value).toMatchObject({
      total: 3,
    });
  });

  it.each(["../secret", "a/b", "", "a.md", "__proto__"])("%j is no id", async (id) => {
    expect((await call("notes_read", { id })).isError).toBe(true);
    expect((await call("notes_delete", { id })).isError).toBe(true);
  });
});
