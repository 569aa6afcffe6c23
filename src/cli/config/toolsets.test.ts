import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isFlotillaError, type WorkerCatalog } from "../../protocol/index.ts";
import { loadConfiguration } from "./load.ts";
import { formatProblem, problemsOf } from "./problems.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "flotilla-toolsets-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const catalog: WorkerCatalog = {
  serverInfo: { name: "database", version: "1" },
  capabilities: { tools: {} },
  protocolVersion: "2026-07-28",
  tools: [{ name: "sql_explain" }, { name: "sql_lint" }],
  prompts: [],
  resources: [],
  resourceTemplates: [],
};

async function load(text: string) {
  await writeFile(join(folder, "flotilla.yaml"), text);
  const database = { name: "database", packageName: "@f/d", version: "1", entry: "/d/main.ts" };
  return loadConfiguration({
    env: {},
    cwd: folder,
    home: "/home/me",
    platform: "linux",
    toolpacks: [{ ...database, fingerprint: "x", byName: false, catalog }],
  });
}

async function problems(text: string): Promise<string[]> {
  const outcome = await load(text).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!isFlotillaError(outcome)) throw new Error("expected a FlotillaError", { cause: outcome });
  return problemsOf(outcome).map(formatProblem);
}

const GITHUB = "workers: { github: { command: npx } }\n";

test("a toolset is read with its defaults", async () => {
  const { fleet, warnings } = await load(
    `${GITHUB}toolsets:\n  daily: { title: Daily, tools: [sql_*, github_get_issue], workers: [coordinator] }\n`,
  );
  expect(warnings).toEqual([]);
  expect(fleet.toolsets).toEqual([
    {
      name: "daily",
      title: "Daily",
      tools: ["sql_*", "github_get_issue"],
      workers: ["coordinator"],
      discovery: "full",
    },
  ]);
});

test("names nobody has are told with what was meant", async () => {
  expect(await problems("toolsets: { a: { tools: [sql_explian] } }\n")).toEqual([
    'flotilla.yaml:1:26 toolsets.a.tools[0]: no tool is called "sql_explian". Did you mean "sql_explain"?',
  ]);
  expect(await problems("toolsets: { a: { workers: [databse] } }\n")).toEqual([
    'flotilla.yaml:1:28 toolsets.a.workers[0]: no worker is called "databse". Did you mean "database"?',
  ]);
  expect(await problems("toolsets: { a: { tools: ['mongo_*'] } }\n")).toEqual([
    expect.stringContaining('no tool\'s name fits "mongo_*"'),
  ]);
});

test("a name that a worker or the fleet itself has is refused", async () => {
  const [clash] = await problems(`${GITHUB}toolsets: { github: { tools: [sql_lint] } }\n`);
  expect(clash).toContain('a worker is called "github" too');
  expect(clash).toContain('Try "github-tools"');
  const [reserved] = await problems("toolsets: { progressive: { tools: [sql_lint] } }\n");
  expect(reserved).toContain('"progressive" belongs to the fleet itself');
});

test("a worker that nobody has met yet may have any name under its prefix", async () => {
  const { fleet } = await load(`${GITHUB}toolsets: { a: { tools: ["github_*", "git*_get"] } }\n`);
  expect(fleet.toolsets?.[0]?.tools).toHaveLength(2);
});

test("what cannot be known yet is a warning, not a refusal", async () => {
  const { warnings } = await load(
    "workers: { odd: { command: npx, naming: verbatim } }\ntoolsets: { a: { tools: [whatever] } }\n",
  );
  expect(warnings.map(({ message }) => message)).toEqual([
    'whether "whatever" names a tool shows when all workers have been asked',
  ]);
});

test("an empty toolset, an unknown key and a wrong value are told where they stand", async () => {
  expect(await problems("toolsets: { a: {} }\n")).toEqual([
    "flotilla.yaml:1:13 toolsets.a: expected tools, workers or both",
  ]);
  const [typo] = await problems("toolsets: { a: { tool: [x] } }\n");
  expect(typo).toContain('Did you mean "tools"?');
  const [value] = await problems("toolsets: { a: { tools: [x], discovery: some } }\n");
  expect(value).toContain("toolsets.a.discovery");
});
