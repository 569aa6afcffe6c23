import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../protocol/system-clock.ts";
import { createSqliteStore } from "../sqlite.node.ts";
import { spawnWriter } from "./testing/child.node.ts";
import { temporaryFolder, type TemporaryFolder } from "./testing/subject.node.ts";

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const open = () => createSqliteStore({ folder: folder.path, clock: systemClock });

function refusalOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return expect.unreachable("It should have been refused.");
}

test("a second process is told who has the folder; the lock goes with a kill -9", async () => {
  const child = spawnWriter(folder.path, "holder");
  try {
    await child.acknowledged(1);
    expect(refusalOf(open)).toMatchObject({
      code: "store_locked",
      message: expect.stringContaining(`process ${child.pid}`),
      hint: expect.stringContaining("--state"),
      data: { pid: child.pid },
    });
  } finally {
    await child.kill();
  }
  // At once: there is nothing stale to wait for or to clean up.
  await open().close();
});

test("the same process cannot have a folder twice, and can again after closing", async () => {
  const first = open();
  expect(refusalOf(open)).toMatchObject({ code: "store_locked", data: { pid: process.pid } });
  // The refused attempt did not harm the holder's lock or its data.
  expect(await first.records.put("a", 1)).toMatchObject({ ok: true });
  expect(refusalOf(open)).toMatchObject({ code: "store_locked" });
  await first.close();
  const second = open();
  await first.close();
  expect(refusalOf(open)).toMatchObject({ code: "store_locked" });
  expect((await second.records.get("a"))?.value).toBe(1);
  await second.close();
});
