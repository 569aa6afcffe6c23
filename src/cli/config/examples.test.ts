import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS, DEFAULT_SCALE } from "../../protocol/index.ts";
import { loadConfiguration } from "./load.ts";
import { packageRoot } from "./toolpacks.ts";

const folder = join(packageRoot(), "examples");
const entries = await readdir(folder, { withFileTypes: true });
const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);

test.each(files)("examples/%s is valid without any environment", async (file) => {
  const options = { path: join(folder, file), env: {}, cwd: folder, toolpacks: [] };
  const { fleet, warnings } = await loadConfiguration(options);
  expect(fleet.workers.length).toBeGreaterThan(0);
  expect(warnings).toEqual([]);
});

test("the defaults that the full example shows are the defaults", async () => {
  const path = join(folder, "flotilla.yaml");
  const { fleet, settings } = await loadConfiguration({
    path,
    env: {},
    cwd: folder,
    toolpacks: [],
  });
  const weather = fleet.workers.find(({ name }) => name === "weather");
  expect(weather?.scale).toEqual({ ...DEFAULT_SCALE, maxDrones: 4 });
  expect(weather?.limits).toEqual(DEFAULT_LIMITS);
  expect(settings).toMatchObject({ host: "127.0.0.1", port: 7420 });
});
