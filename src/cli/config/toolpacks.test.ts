import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { discoverToolpacks, toolpackWorker } from "./toolpacks.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "flotilla-packs-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function pack(
  path: string,
  flotilla: unknown,
  files: Record<string, string> = { "main.ts": "" },
) {
  const folder = join(root, path);
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({ name: path, version: "1.2.3", flotilla }),
  );
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

const CATALOG = JSON.stringify({
  serverInfo: { name: "one", version: "1" },
  capabilities: { tools: {} },
  protocolVersion: "2026-07-28",
  tools: [{ name: "do_it", inputSchema: { type: "object" } }],
  prompts: [],
  resources: [],
  resourceTemplates: [],
});

test("own and installed toolpacks are found, each once, with their catalogue", async () => {
  const one = { toolpack: "one", entry: "./main.ts", catalog: "./catalog.gen.json" };
  const folder = await pack("toolpacks/one", one, { "main.ts": "", "catalog.gen.json": CATALOG });
  await mkdir(join(root, "node_modules", "@flotilla"), { recursive: true });
  await symlink(folder, join(root, "node_modules", "@flotilla", "one"), "junction");
  await pack("node_modules/flotilla-toolpack-two", { toolpack: "two", entry: "main.ts" });
  await pack("node_modules/named", { toolpack: "three", entry: "main.ts", join: "by-name" });
  await pack("node_modules/unnamed", { toolpack: "four", entry: "main.ts" });
  await writeFile(join(root, "package.json"), JSON.stringify({ dependencies: { named: "1" } }));
  const { toolpacks, warnings } = await discoverToolpacks({ roots: [root] });
  expect(toolpacks.map(({ name }) => name)).toEqual(["one", "three", "two"]);
  expect(toolpacks.map(({ byName }) => byName)).toEqual([false, true, false]);
  expect(warnings).toEqual([]);
  const worker = toolpackWorker(toolpacks[0]!);
  expect(worker).toMatchObject({
    name: "one",
    run: { kind: "module", entry: join(folder, "main.ts"), launcher: "process" },
    naming: "verbatim",
    origin: "toolpack",
  });
  expect(worker.catalog?.tools.map(({ name }) => name)).toEqual(["do_it"]);
});

const revision = async () => {
  const [found] = (await discoverToolpacks({ roots: [root] })).toolpacks;
  return found === undefined ? "" : toolpackWorker(found).revision;
};

test("a changed catalogue is a new revision", async () => {
  const field = { toolpack: "one", entry: "main.ts", catalog: "c.json" };
  await pack("toolpacks/one", field, { "main.ts": "", "c.json": CATALOG });
  const before = await revision();
  expect(await revision()).toBe(before);
  await pack("toolpacks/one", field, { "c.json": CATALOG.replace("do_it", "do_more") });
  expect(await revision()).not.toBe(before);
});

test("what is no usable toolpack is a warning and stops nothing", async () => {
  await pack("toolpacks/good", { toolpack: "good", entry: "main.ts" });
  await pack("toolpacks/upper", { toolpack: "Upper", entry: "main.ts" });
  await pack("toolpacks/own", { toolpack: "coordinator", entry: "main.ts" });
  await pack("toolpacks/outside", { toolpack: "outside", entry: "../good/main.ts" });
  await pack("toolpacks/absent", { toolpack: "absent", entry: "gone.ts" });
  await pack("toolpacks/twin", { toolpack: "good", entry: "main.ts" });
  await mkdir(join(root, "toolpacks", "broken"));
  await writeFile(join(root, "toolpacks", "broken", "package.json"), "{");
  const { toolpacks, warnings } = await discoverToolpacks({ roots: [root, join(root, "nowhere")] });
  expect(toolpacks.map(({ name }) => name)).toEqual(["good"]);
  expect(warnings.toSorted().map((text) => text.replace(/^toolpacks\//, ""))).toEqual([
    "absent: the entry gone.ts does not exist",
    "outside: flotilla.entry must name a file inside the package",
    "own: flotilla.toolpack is not a usable name",
    expect.stringMatching(/is toolpack "good" already$/),
    "upper: flotilla.toolpack is not a usable name",
  ]);
});

test("a catalogue of the wrong shape is as good as none", async () => {
  const field = { toolpack: "one", entry: "main.ts", catalog: "c.json" };
  await pack("toolpacks/one", field, { "main.ts": "", "c.json": '{"tools": [{}]}' });
  const { toolpacks } = await discoverToolpacks({ roots: [root] });
  expect(toolpacks[0]?.catalog).toBeUndefined();
});
