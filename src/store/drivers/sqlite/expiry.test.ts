/** What timers cannot be relied on for: expired records are passed over although nothing removed them yet. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Clock } from "../../../protocol/clock.ts";
import { createManualClock, type ManualClock } from "../../conformance/manual-clock.ts";
import { createMemoryStore } from "../../memory.ts";
import { createSqliteStore } from "../sqlite.node.ts";
import { temporaryFolder, type TemporaryFolder } from "./testing/subject.node.ts";

let folder: TemporaryFolder;
let clock: ManualClock;
beforeEach(() => {
  folder = temporaryFolder();
  clock = createManualClock();
});
afterEach(() => folder.remove());

const open = (on: Clock) => createSqliteStore({ folder: folder.path, clock: on });

test.each(["sqlite", "memory"])("%s: a late timer shows nobody an expired record", async (name) => {
  const late: Clock = { ...clock, after: () => ({ cancel: () => {} }) };
  const store = name === "sqlite" ? open(late) : createMemoryStore({ clock: late });
  const { records } = store;
  const first = await records.put("e/a", 1, { expiresAtMs: clock.now() + 1_000 });
  await records.put("e/b", 1);
  clock.pass(1_000);
  expect(await records.get("e/a")).toBeUndefined();
  expect((await records.list("e/")).map(({ key }) => key)).toEqual(["e/b"]);
  const watch = records.watch("e/", new AbortController().signal)[Symbol.asyncIterator]();
  expect((await watch.next()).value).toMatchObject({ changes: [{ record: { key: "e/b" } }] });
  expect(await records.delete("e/a")).toBe(false);
  const version = first.ok ? first.version : -1;
  expect(await records.put("e/a", 2, { ifVersion: version })).toMatchObject({ ok: false });
  expect(await records.put("e/a", 2, { ifVersion: "absent" })).toMatchObject({ ok: true });
  await store.close();
});

test("what expired while nothing ran is removed afterwards, however much it is", async () => {
  const before = open(clock);
  const expiresAtMs = clock.now() + 1_000;
  for (let n = 0; n < 2_500; n += 1) await before.records.put(`e/${n}`, n, { expiresAtMs });
  await before.records.put("kept", 1);
  await before.close();
  clock.pass(60_000);
  const after = open(clock);
  // Expired ones that are still there would be told as deleted when their turn comes; give them that time.
  clock.pass(1);
  expect((await after.records.list("")).map(({ key }) => key)).toEqual(["kept"]);
  await after.close();
  const rewound = createManualClock();
  const bare = open(rewound);
  // By this clock nothing has expired: what is listed is what is in the file.
  expect((await bare.records.list("")).map(({ key }) => key)).toEqual(["kept"]);
  await bare.close();
});
