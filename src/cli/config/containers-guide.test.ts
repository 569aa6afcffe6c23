import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { DEFAULT_IMAGE_RUN } from "../../protocol/index.ts";
import { loadConfiguration } from "./load.ts";
import { configurationSchema } from "./schema.ts";
import { packageRoot } from "./toolpacks.ts";

const guide = readFileSync(join(packageRoot(), "docs/guides/containers.md"), "utf8");

test("the guide's configuration is taken as it is, and what it leaves out has the defaults it names", async () => {
  const folder = await mkdtemp(join(tmpdir(), "flotilla-guide-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "flotilla.yaml");
  await writeFile(path, /```yaml\n([\s\S]*?)```/.exec(guide)?.[1] ?? "");
  const { fleet, warnings } = await loadConfiguration({
    path,
    env: {},
    cwd: folder,
    toolpacks: [],
  });
  expect(warnings).toEqual([]);
  const [files, search] = ["files", "search"].map(
    (name) => fleet.workers.find((worker) => worker.name === name)?.run,
  );
  expect(files).toMatchObject({
    limits: DEFAULT_IMAGE_RUN.limits,
    network: DEFAULT_IMAGE_RUN.network,
    mounts: [{ source: join(folder, "data"), target: "/data", readOnly: true }],
  });
  expect(search).toMatchObject({ http: { port: 8080, path: "/mcp" }, user: "65532" });
  expect(DEFAULT_IMAGE_RUN).toMatchObject({
    pull: "missing",
    network: "bridge",
    limits: { memoryBytes: 512 * 1024 * 1024, cpus: 1, pids: 256 },
  });
});

test("the guide's reference names every setting, and no other", () => {
  const named = [...guide.matchAll(/^\| `([a-z]+)`\s+\|/gm)].map((match) => match[1] ?? "");
  const { $defs } = configurationSchema as { $defs?: { container?: { properties?: object } } };
  expect(named.toSorted()).toEqual(Object.keys($defs?.container?.properties ?? {}).toSorted());
});
