import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isFlotillaError, type WorkerSpec } from "../../protocol/index.ts";
import { loadConfiguration } from "./load.ts";
import { formatProblem, problemsOf } from "./problems.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "flotilla-openapi-"));
  await writeFile(join(folder, "pets.yaml"), "openapi: 3.1.0");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const toolpack = {
  name: "openapi",
  packageName: "@flotilla/openapi",
  version: "0.1.0",
  entry: "/packs/openapi/src/main.ts",
  fingerprint: "1",
  byName: true,
};

async function load(worker: string, env: Record<string, string> = {}): Promise<WorkerSpec> {
  const path = join(folder, "flotilla.yaml");
  await writeFile(path, `workers:\n  pets: ${worker}\n`);
  const { fleet } = await loadConfiguration({ path, env, cwd: folder, toolpacks: [toolpack] });
  // Only what is named: the toolpack does not join by itself.
  expect(fleet.workers.map(({ name }) => name)).toEqual(["pets"]);
  return fleet.workers[0] as WorkerSpec;
}

async function refusal(worker: string): Promise<string> {
  const error: unknown = await load(worker).catch((thrown: unknown) => thrown);
  if (!isFlotillaError(error)) throw new Error("It was accepted.");
  return problemsOf(error).map(formatProblem).join("\n");
}

const settingsOf = (spec: WorkerSpec): unknown =>
  spec.run.kind === "module" ? JSON.parse(spec.run.env["FLOTILLA_OPENAPI"] ?? "") : undefined;

test("a document becomes a worker of the toolpack, with secrets in its environment alone", async () => {
  const worker = `
    openapi: pets.yaml
    baseUrl: https://pets.example/v1
    headers: { X-Team: "\${TEAM:-blue}" }
    auth: { petstore: { clientId: app, clientSecret: "\${SECRET}", scopes: ["read:pets"] } }
    operations: { include: ["tag:pets"], exclude: ["DELETE *"] }`;
  const spec = await load(worker, { SECRET: "hush" });
  expect(spec).toMatchObject({
    naming: "prefixed",
    origin: "config",
    summary: "openapi pets.yaml",
    run: { kind: "module", entry: toolpack.entry },
  });
  expect(settingsOf(spec)).toMatchObject({
    document: join(folder, "pets.yaml"),
    baseUrl: "https://pets.example/v1",
    headers: { "X-Team": "blue" },
    auth: { petstore: { clientId: "app", clientSecret: "hush", scopes: ["read:pets"] } },
    operations: { include: ["tag:pets"], exclude: ["DELETE *"] },
  });
  expect(spec.summary).not.toContain("hush");
});

test("a changed document is another revision, an unchanged one is not", async () => {
  const first = await load("{ openapi: ./pets.yaml }");
  expect((await load("{ openapi: ./pets.yaml }")).revision).toBe(first.revision);
  await writeFile(join(folder, "pets.yaml"), "openapi: 3.1.0\ninfo: {}");
  expect((await load("{ openapi: ./pets.yaml }")).revision).not.toBe(first.revision);
});

test("a URL is shown without its secrets", async () => {
  const spec = await load("{ openapi: 'https://pets.example/api.json?token=abc' }");
  expect(spec.summary).toBe("openapi https://pets.example/api.json");
  expect(settingsOf(spec)).toMatchObject({ document: "https://pets.example/api.json?token=abc" });
});

test.each([
  ["{ openapi: missing.yaml }", /openapi: there is no such document/],
  [
    "{ openapi: pets.yaml, url: 'http://h' }",
    /exactly one of command, image, url, openapi or toolpack/,
  ],
  ["{ openapi: pets.yaml, auth: { key: { apiKey: abc } } }", /secrets stay out of this file/],
  [
    "{ openapi: pets.yaml, auth: { o: { clientId: a } } }",
    /clientId: only makes sense together with clientSecret/,
  ],
  ["{ openapi: pets.yaml, auth: { key: { apiKey: '${NONE}' } } }", /NONE is not set/],
  ["{ openapi: pets.yaml, baseUrl: pets.example }", /expected a URL/],
  ["{ openapi: pets.yaml, auths: {} }", /Did you mean "auth"\?/],
  ["{ command: x, operations: {} }", /operations: only makes sense together with openapi/],
  ["{ command: x, headers: {} }", /headers: only makes sense together with url or openapi/],
])("%s is refused", async (worker, message) => {
  expect(await refusal(worker)).toMatch(message);
});
