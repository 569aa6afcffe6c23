import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadFleetKeys } from "./fleet-keys.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "flotilla-keys-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("the first start makes the keys, later ones read them, and nobody else may", async () => {
  const state = join(folder, "state");
  const first = await loadFleetKeys(state, 5);
  expect(await loadFleetKeys(state, 6)).toEqual(first);
  expect(await readdir(state)).toEqual(["fleet-keys.json"]);
  if (process.platform !== "win32") {
    expect((await stat(join(state, "fleet-keys.json"))).mode & 0o777).toBe(0o600);
  }
});

test("a broken file is told of and kept, and its content is not repeated", async () => {
  const path = join(folder, "fleet-keys.json");
  await writeFile(path, '{"version":1,"keys":[{"secret":"hush');
  const failure = await loadFleetKeys(folder, 1).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "config_invalid" });
  expect(inspect(failure)).not.toContain("hush");
  expect(await readFile(path, "utf8")).toContain("hush");
});
