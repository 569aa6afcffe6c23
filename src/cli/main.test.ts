/** The program as a program: a process with its exit code, its two streams, and pipes. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { forgetEndpoint, recordEndpoint } from "./client/locate.ts";
import { loadConfiguration } from "./config/index.ts";
import { runCaptured } from "./testing/capture.ts";
import { fakeWorker, startFakeFleet } from "./testing/fake-fleet.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "flotilla-main-"));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

function flotilla(args: string[], env: Record<string, string> = {}) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((done) => {
    const place = {
      PATH: process.env["PATH"] ?? "",
      HOME: cwd,
      XDG_STATE_HOME: join(cwd, "state"),
    };
    const child = spawn(process.execPath, [MAIN, ...args], { cwd, env: { ...place, ...env } });
    const out = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (out.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (out.stderr += chunk.toString()));
    child.on("close", (code) => done({ code, ...out }));
  });
}

describe("exit codes", () => {
  test.each<[string[], number]>([
    [[], 0],
    [["--help"], 0],
    [["help", "ps"], 0],
    [["ps", "--help"], 0],
    [["--version"], 0],
    [["version"], 0],
    [["nope"], 2],
    [["ps", "--nope"], 2],
    [["completion", "tcsh"], 2],
    [["validate", "none.yaml"], 2],
    [["ps", "--url", "not a url"], 2],
    [["ps", "--url", "http://127.0.0.1:9"], 3],
  ])("%j → %i", async (args, expected) => {
    const { code, stdout, stderr } = await flotilla(args);
    expect({ code, stderr: expected === 0 ? stderr : "" }).toEqual({ code: expected, stderr: "" });
    expect(expected === 0 ? stdout : stderr).not.toBe("");
    // Without a terminal there is no colour.
    expect(stdout + stderr).not.toContain("\u001B");
  });
});

const page = async (...args: string[]) => (await runCaptured(args, { cwd, terminal: 80 })).stdout;

test("help pages, as people see them", async () => {
  expect(await page("--help")).toMatchSnapshot();
  expect(await page("call", "--help")).toMatchSnapshot();
  expect(await page("add", "--help")).toMatchSnapshot();
  expect(await page("task", "--help")).toMatchSnapshot();
  expect(await page("task", "run", "--help")).toMatchSnapshot();
  expect((await page()).replace(/Flotilla \S+/, "Flotilla 0.0.0")).toMatchSnapshot();
});

test("a running fleet is found by what it recorded, and only while it lives", async () => {
  const fleet = await startFakeFleet({ workers: [fakeWorker("here")] });
  try {
    await writeFile(join(cwd, "flotilla.yaml"), "state: kept\n");
    await recordEndpoint(join(cwd, "kept"), { url: fleet.url, pid: process.pid });
    expect((await flotilla(["ps"])).stdout).toContain("here");
    // The platform's own place is found the same way by those who write it and those who read it.
    const file = join(cwd, "flotilla.yaml");
    await writeFile(file, "toolpacks: none\n");
    const env = { XDG_STATE_HOME: join(cwd, "state") };
    const { settings } = await loadConfiguration({ env, cwd, home: cwd, toolpacks: [] });
    await recordEndpoint(settings.stateDir, { url: fleet.url, pid: process.pid });
    expect((await flotilla(["ps"])).stdout).toContain("here");
    await forgetEndpoint(settings.stateDir, process.pid);
    await writeFile(file, "state: kept\n");
    // No process has that id: Linux and macOS count lower.
    await recordEndpoint(join(cwd, "kept"), { url: fleet.url, pid: 2 ** 30 });
    expect((await flotilla(["ps", "--json"])).stderr).toContain("127.0.0.1:7420");
  } finally {
    await fleet.close();
    await rm(join(cwd, "flotilla.yaml"));
  }
});

test.each(["bash", "zsh", "fish"])("the %s completion script asks the program", async (shell) => {
  const { stdout } = await flotilla(["completion", shell]);
  expect(stdout).toContain("flotilla __complete --");
});
