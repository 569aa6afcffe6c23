/** `kill -9` in the middle of writing, again and again over one folder: what was acknowledged is there. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../protocol/system-clock.ts";
import type { Store } from "../../contract.ts";
import { createSqliteStore } from "../sqlite.node.ts";
import { spawnWriter } from "./testing/child.node.ts";
import { temporaryFolder, type TemporaryFolder } from "./testing/subject.node.ts";

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const ROUNDS = 4;

/** Every line is a promise that the writer was given before it died. */
async function expectKept(store: Store, lines: readonly string[]): Promise<void> {
  const events = await store.events.read("t", { limit: 10_000 });
  const offsets = new Set(events.map(({ offset }) => offset));
  for (const line of lines) {
    const [what, id = "", version] = line.split(" ");
    if (what === "record") {
      expect(await store.records.get(`records/${id}`)).toEqual({
        key: `records/${id}`,
        value: { id },
        version: Number(version),
      });
    }
    if (what === "pushed") {
      const again = ["a", "b"].map((part) => ({ id: `${id}-${part}`, payload: 0 }));
      expect(await store.queue.push("q", again)).toBe(0);
    }
    if (what === "done") expect(await store.queue.push("q", [{ id, payload: 0 }])).toBe(0);
    if (what === "event") expect(offsets).toContain(id);
  }
  // Two events a time, or none: an append is never there by half.
  expect(events.length % 2).toBe(0);
}

test("every acknowledged write survives kill -9, and no number is given out twice", async () => {
  const all: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const child = spawnWriter(folder.path, `round-${round}`);
    await child.acknowledged(150 + round * 37);
    await child.kill();
    all.push(...child.lines);
    const store = createSqliteStore({ folder: folder.path, clock: systemClock });
    try {
      await expectKept(store, all);
      // The dead writer's lease holds until it expires; the token of the next is larger.
      const held = await store.leases.get("writer");
      expect(held?.holder).toBe(`round-${round}`);
      await store.leases.release(held!);
    } finally {
      await store.close();
    }
  }
  const numbers = (what: string, field: number): number[] =>
    all.filter((line) => line.startsWith(what)).map((line) => Number(line.split(" ")[field]));
  for (const given of [numbers("record", 2), numbers("lease", 1), numbers("event", 1)]) {
    expect(given.length).toBeGreaterThanOrEqual(ROUNDS);
    expect(given).toEqual([...new Set(given)].toSorted((a, b) => a - b));
  }
  const done = all.filter((line) => line.startsWith("done"));
  expect(new Set(done).size).toBe(done.length);
}, 60_000);
