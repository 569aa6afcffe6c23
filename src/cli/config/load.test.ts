import { mkdtemp, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_IMAGE_RUN, isFlotillaError } from "../../protocol/index.ts";
import { loadConfiguration, type LoadOptions } from "./load.ts";
import { formatProblem, problemsOf } from "./problems.ts";
import type { Toolpack } from "./toolpacks.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "flotilla-load-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const pack = (name: string): Toolpack => ({
  name,
  packageName: `@flotilla/${name}`,
  version: "1.0.0",
  entry: `/packs/${name}/main.ts`,
  fingerprint: name,
  byName: false,
});

async function load(text: string | undefined, over: Partial<LoadOptions> & { file?: string } = {}) {
  const { file = "flotilla.yaml", ...options } = over;
  await mkdir(dirname(join(folder, file)), { recursive: true });
  if (text !== undefined) await writeFile(join(folder, file), text);
  return loadConfiguration({
    ...(text === undefined ? {} : { path: file }),
    env: {},
    cwd: folder,
    home: "/home/me",
    platform: "linux",
    toolpacks: [pack("database"), pack("docker")],
    ...options,
  });
}

async function problems(text: string, over: Parameters<typeof load>[1] = {}): Promise<string[]> {
  const outcome = await load(text, over).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!isFlotillaError(outcome)) throw new Error("expected a FlotillaError", { cause: outcome });
  expect(outcome.code).toBe("config_invalid");
  return problemsOf(outcome).map(formatProblem);
}

test("without a configuration the toolpacks are the fleet", async () => {
  const { fleet, settings, files } = await load(undefined);
  expect(fleet.workers.map(({ name, naming, origin }) => [name, naming, origin])).toEqual([
    ["database", "verbatim", "toolpack"],
    ["docker", "verbatim", "toolpack"],
  ]);
  expect(settings).toEqual({
    host: "127.0.0.1",
    port: 7420,
    stateDir: "/home/me/.local/state/flotilla/default",
    workspace: [],
    network: false,
  });
  expect(files).toEqual([]);
});

test("workers of each kind, with defaults and with everything set", async () => {
  const { fleet, files } = await load(
    `
workers:
  files: { command: npx, args: [-y, pkg, "\${DIR:-.}"], env: { TOKEN: "\${TOKEN}" } }
  web: { url: "https://h.example/mcp", headers: { X-Key: "\${TOKEN}" }, transport: sse, naming: verbatim }
  db2: { toolpack: database, naming: prefixed }
  tuned:
    command: ./serve
    cwd: sub
    scale:
      { min: 1, max: 4, callsPerDrone: 2, idle: 1.5s, target: 0.7, warm: 1, predict: true, memory: 64MB }
    limits: { startTimeout: 2s, callTimeout: 3m, grace: 250ms, maxMessage: 2MB }
toolpacks: [docker]
`,
    { env: { TOKEN: "s3cret" } },
  );
  const by = Object.fromEntries(fleet.workers.map((worker) => [worker.name, worker]));
  expect(Object.keys(by)).toEqual(["files", "web", "db2", "tuned", "docker"]);
  expect(by["files"]?.run).toEqual({
    kind: "command",
    command: "npx",
    args: ["-y", "pkg", "."],
    env: { TOKEN: "s3cret" },
    cwd: folder,
  });
  expect(by["web"]?.run).toEqual({
    kind: "remote",
    url: "https://h.example/mcp",
    headers: { "X-Key": "s3cret" },
    transport: "sse",
  });
  expect(by["db2"]?.run).toMatchObject({ kind: "module", entry: "/packs/database/main.ts" });
  expect(by["tuned"]?.run).toMatchObject({
    command: join(folder, "sub/serve"),
    cwd: join(folder, "sub"),
  });
  expect(by["tuned"]?.scale).toEqual({
    minDrones: 1,
    maxDrones: 4,
    callsPerDrone: 2,
    idleMs: 1500,
    targetUtilisation: 0.7,
    warmDrones: 1,
    predict: true,
    memoryBytes: 64 * 1024 ** 2,
  });
  expect(by["tuned"]?.limits).toEqual({
    startTimeoutMs: 2000,
    callTimeoutMs: 180_000,
    graceMs: 250,
    maxMessageBytes: 2 * 1024 * 1024,
  });
  expect(JSON.stringify(fleet.workers.map(({ summary }) => summary))).not.toContain("s3cret");
  expect(files).toEqual([join(folder, "flotilla.yaml")]);
});

const revisionOf = async (worker: string, env = {}) =>
  (await load(`workers: {a: ${worker}}`, { env })).fleet.workers[0]?.revision;

test("the revision changes with what a drone depends on, and with nothing else", async () => {
  const base = await revisionOf("{command: x, env: {A: '1', B: '2'}}");
  expect(
    await revisionOf("{env: {B: '2', A: '1'}, command: x, naming: verbatim, scale: {max: 9}}"),
  ).toBe(base);
  expect(await revisionOf("{command: x, env: {A: '1', B: '3'}}")).not.toBe(base);
  expect(await revisionOf("{command: x, args: [y], env: {A: '1', B: '2'}}")).not.toBe(base);
  const first = await revisionOf("{command: x, env: {A: '${V}'}}", { V: "1" });
  expect(await revisionOf("{command: x, env: {A: '${V}'}}", { V: "2" })).not.toBe(first);
});

describe("mistakes", () => {
  const cases: [text: string, ...expected: (string | RegExp)[]][] = [
    [
      "workers: {a: {comand: npx}}",
      /:1:15 workers\.a\.comand: unknown key\. Did you mean "command"\?/,
    ],
    ["worker: {}", /:1:1 worker: unknown key\. Did you mean "workers"\?/],
    ["workers: {A b: {command: x}}", /Try "a-b"/],
    ["workers: {a: {}}", /exactly one of command, image, url, openapi or toolpack/],
    ["workers: {a: {command: x, url: http://h}}", /exactly one of/],
    ["workers: {a: {url: http://h, args: [x]}}", /args: only makes sense together with command/],
    ["workers: {a: {url: http://h, env: {A: b}}}", /env: a URL starts no program/],
    ["workers: {a: {url: ftp://h}}", /expected a URL/],
    ["workers: {a: {command: x, args: -y}}", /expected a list, found text/],
    ["workers: {a: {command: x, args: [1]}}", /args\[0\]: expected text in quotes, found a number/],
    [
      "workers: {a: {command: x, env: {PORT: 1}}}",
      /env\.PORT: expected text in quotes, found a number/,
    ],
    ["workers: {a: {command: x, scale: {idle: 5}}}", /expected a duration with its unit/],
    ["workers: {a: {command: x, scale: {memory: 2B}}}", /from 1KB/],
    ["workers: {a: {command: x, scale: {min: 3, max: 2}}}", /min is larger than max/],
    ["workers: {a: {command: x, limits: {callTimeout: 0s}}}", /from 1ms to 24h/],
    ["workers: {coordinator: {command: x}}", /belongs to the fleet itself/],
    ["workers: {a: {toolpack: databse}}", /no toolpack of that name is installed/],
    ["toolpacks: [databse]", /toolpacks\[0\]: no toolpack "databse".*Did you mean "database"/],
    ["toolpacks: some", /expected all, none, or a list/],
    ["port: 70000", /expected a port number/],
    ["port: ${P}", /variable P is not set/],
    [
      "workers: {a: {command: x, env: {K: '${MISSING}'}}}",
      /env\.K: the environment variable MISSING is not set/,
    ],
    ["workers: {a: {command: 'x ${x%%y}'}}", /a placeholder that is not understood/],
    ["workers: {a: {toolpack: docker}, b: {toolpack: docker}}", /same names.*naming: prefixed/],
    ["- a\n- b\n", /expected a group of keys, found a list/],
    ["just words", /expected a group of keys, found text/],
  ];
  test.each(cases)("%s", async (text, ...expected) => {
    const found = (await problems(text)).join("\n");
    for (const words of expected) expect(found).toMatch(words);
  });

  test("values never enter a message", async () => {
    const secret = "hunter2hunter2";
    const text = `workers:
  a: { command: x, transport: ${secret}, scale: { idle: ${secret} } }
  b: { url: "${secret}" }
port: ${secret}
toolpacks: ${secret}
`;
    expect((await problems(text)).join("\n")).not.toContain(secret);
  });
});

describe("settings: flags before environment before file", () => {
  const text = "host: 0.0.0.0\nport: 1000\nstate: keep\nworkspace: code\nnetwork: true\n";
  test("file", async () => {
    const { settings } = await load(text);
    expect(settings).toEqual({
      host: "0.0.0.0",
      port: 1000,
      stateDir: join(folder, "keep"),
      workspace: [join(folder, "code")],
      network: true,
    });
  });
  test("environment", async () => {
    const env = {
      FLOTILLA_HOST: "::1",
      PORT: "3000",
      FLOTILLA_STATE: "/s",
      FLOTILLA_TOOLPACKS: "docker",
      FLOTILLA_WORKSPACE: `/a${delimiter}b`,
    };
    const { settings, fleet } = await load(text, { env });
    expect(settings).toEqual({
      host: "::1",
      port: 3000,
      stateDir: "/s",
      workspace: ["/a", join(folder, "b")],
      network: true,
    });
    expect(fleet.workers.map(({ name }) => name)).toEqual(["docker"]);
    const both = await load(text, { env: { ...env, FLOTILLA_PORT: "4000" } });
    expect(both.settings.port).toBe(4000);
  });
  test("flags", async () => {
    const overrides = { port: 0, stateDir: "here", toolpacks: "none", workspace: ["."] };
    const { settings, fleet } = await load(text, { env: { PORT: "3000" }, overrides });
    expect(settings).toMatchObject({
      port: 0,
      stateDir: join(folder, "here"),
      workspace: [folder],
    });
    expect(fleet.workers).toEqual([]);
  });
  test("a wrong PORT is named", async () => {
    expect(await load(text, { env: { PORT: "http" } }).catch((e: Error) => e.message)).toMatch(
      /PORT is not/,
    );
  });
});

test("an image runs with little unless told otherwise", async () => {
  const text = `workers:
  a: { image: "acme/a:1" }
  b:
    image: \${REGISTRY:-ghcr.io}/acme/b
    args: [--root, /data]
    env: { TOKEN: "x" }
    container: { port: 8080, memory: 64MB, cpus: 0.5, network: none, mounts: ["./data:/data", "/etc/b:/b:rw"] }
`;
  const { fleet } = await load(text, { toolpacks: [] });
  const [a, b] = fleet.workers;
  expect(a?.run).toEqual({ ...DEFAULT_IMAGE_RUN, kind: "image", image: "acme/a:1" });
  expect(b?.run).toMatchObject({
    image: "ghcr.io/acme/b",
    http: { port: 8080, path: "/mcp" },
    network: "none",
    writable: false,
    mounts: [
      { source: join(folder, "data"), target: "/data", readOnly: true },
      { source: "/etc/b", target: "/b", readOnly: false },
    ],
    limits: { memoryBytes: 64 * 1024 * 1024, cpus: 0.5, pids: 256 },
  });
  expect(b?.summary).toBe("image ${REGISTRY}/acme/b --root /data");
});

test("toolpacks are told the workspace, and others are not", async () => {
  const text = "workspace: [a, /b]\nworkers: { x: { command: x }, y: { toolpack: docker } }";
  const { fleet } = await load(text);
  const env = { FLOTILLA_WORKSPACE: [join(folder, "a"), "/b"].join(delimiter) };
  expect(fleet.workers.map(({ name, run }) => [name, "env" in run ? run.env : {}])).toEqual([
    ["x", {}],
    ["y", env],
    ["database", env],
  ]);
});

test("a toolpack that needs settings joins by its name alone", async () => {
  const toolpacks = [pack("database"), { ...pack("storage"), byName: true }];
  const names = async (text: string) =>
    (await load(text, { toolpacks })).fleet.workers.map(({ name }) => name);
  expect(await names("toolpacks: all")).toEqual(["database"]);
  expect(await names("toolpacks: [storage]")).toEqual(["storage"]);
  expect(await names("toolpacks: [all, storage]")).toEqual(["database", "storage"]);
});

test("the configuration is found by its usual names, and two of them are one too many", async () => {
  await writeFile(join(folder, "flotilla.yml"), "workers: {a: {command: x}}");
  const found = await load(undefined);
  expect(found.files).toEqual([join(folder, "flotilla.yml")]);
  await writeFile(join(folder, "flotilla.json"), "{}");
  await expect(load(undefined)).rejects.toThrow(/flotilla\.yml and flotilla\.json are both here/);
});

test("a worker may take a toolpack's name, and is told what it hides", async () => {
  const { fleet, warnings } = await load("workers: {docker: {command: x}}");
  expect(fleet.workers.map(({ name, origin }) => [name, origin])).toEqual([
    ["docker", "config"],
    ["database", "toolpack"],
  ]);
  expect(warnings.map(formatProblem).join()).toMatch(/takes the place of the toolpack "docker"/);
});

test("whatever a file holds, loading fails with config_invalid or gives valid names", async () => {
  const word = fc.constantFrom(
    "workers",
    "a",
    "command",
    "url",
    "args",
    "env",
    "x",
    "${A}",
    "port",
    "toolpacks",
    "mcpServers",
  );
  const value = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: "small" },
      fc.oneof(word, fc.integer(), fc.constant(null), fc.boolean(), fc.string({ maxLength: 8 })),
      fc.dictionary(fc.oneof(word, fc.string({ maxLength: 4 })), tie("tree"), { maxKeys: 4 }),
      fc.array(tie("tree"), { maxLength: 3 }),
    ),
  })).tree;
  await fc.assert(
    fc.asyncProperty(value, async (content) => {
      try {
        const { fleet } = await load(JSON.stringify(content), {
          file: "flotilla.json",
          env: { A: "1" },
        });
        return fleet.workers.every(({ name }) => /^[a-z0-9][a-z0-9-]{0,62}$/.test(name));
      } catch (error) {
        return isFlotillaError(error) && error.code === "config_invalid";
      }
    }),
    { numRuns: 100 },
  );
}, 60_000);
