import { mkdtemp, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { watchConfiguration, type Watcher } from "./watch.ts";

let folder: string;
let watcher: Watcher | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "flotilla-watch-"));
});
afterEach(async () => {
  watcher?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Counts changes and lets a test await the next one. */
function counter() {
  let count = 0;
  const waiting: { number: number; done: () => void }[] = [];
  return {
    changed: () => {
      count++;
      for (const { number, done } of waiting) if (count >= number) done();
    },
    get count() {
      return count;
    },
    reached: (number: number) =>
      new Promise<void>((done) => {
        if (count >= number) done();
        else waiting.push({ number, done });
      }),
  };
}

const FAST = { debounceMs: 10, pollMs: 25 };

async function watching(file: string, options = FAST) {
  const seen = counter();
  watcher = watchConfiguration([file], seen.changed, options);
  await watcher.ready;
  return seen;
}

test("a write in place, a rename into place, and a file that comes back are changes", async () => {
  const file = join(folder, "flotilla.yaml");
  await writeFile(file, "a");
  // Events alone: polling is switched off, in effect.
  const seen = await watching(file, { debounceMs: 10, pollMs: 3_600_000 });
  await writeFile(file, "b");
  await seen.reached(1);
  await writeFile(join(folder, ".flotilla.yaml.swp"), "c");
  await rename(join(folder, ".flotilla.yaml.swp"), file);
  await seen.reached(2);
  await writeFile(join(folder, "new"), "d");
  await rename(join(folder, "new"), file);
  await seen.reached(3);
});

test("a link that is pointed elsewhere is a change", async () => {
  const file = join(folder, "flotilla.yaml");
  await writeFile(join(folder, "v1"), "1");
  await writeFile(join(folder, "v2"), "2");
  await symlink("v1", file);
  const seen = await watching(file);
  await symlink("v2", join(folder, "next"));
  await rename(join(folder, "next"), file);
  await seen.reached(1);
});

test("saving the same content is no change; polling finds what no event told", async () => {
  const file = join(folder, "flotilla.yaml");
  await writeFile(file, "a");
  const seen = await watching(file);
  await writeFile(file, "a");
  await writeFile(join(folder, "other"), "x");
  await writeFile(file, "b");
  await seen.reached(1);
  expect(seen.count).toBe(1);
});

test("a folder that is gone and comes back is watched again", async () => {
  const file = join(folder, "flotilla.yaml");
  await writeFile(file, "a");
  const seen = await watching(file);
  await unlink(file);
  await seen.reached(1);
  await writeFile(file, "b");
  await seen.reached(2);
});

test("a failing listener does not end the watch", async () => {
  const file = join(folder, "flotilla.yaml");
  await writeFile(file, "a");
  const seen = counter();
  watcher = watchConfiguration(
    [file],
    () => {
      seen.changed();
      throw new Error("not now");
    },
    FAST,
  );
  await watcher.ready;
  await writeFile(file, "b");
  await seen.reached(1);
  await writeFile(file, "c");
  await seen.reached(2);
});
