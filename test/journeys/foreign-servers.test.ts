/** Five servers that others wrote, behind one endpoint, each also alone with its own names. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Flotilla, makeFolder, startFlotilla } from "./flotilla.ts";
import {
  lacksNode,
  lacksPython,
  NODE_NEEDED,
  peer,
  PYTHON,
  PYTHON_NEEDED,
  sdkV1,
} from "./peers.ts";
import { callText, listTools } from "./wire.ts";

const server = (name: string): string =>
  peer(`node_modules/@modelcontextprotocol/server-${name}/dist/index.js`);

/** One tool that only this server has, how to call it, and what must come back. */
const WORKERS: [worker: string, tool: string, args: Record<string, unknown>, said: RegExp][] = [
  ["everything", "echo", { message: "ahoy" }, /ahoy/],
  ["files", "list_directory", {}, /manifest\.txt/],
  ["memory", "create_entities", {}, /Flagship/],
  ["weights", "convert_weight", { kilograms: 10 }, /22\.046/],
  ["orbit", "orbital_period", { altitudeKm: 400 }, /92\.4/],
];

const missing = lacksNode ? NODE_NEEDED : PYTHON_NEEDED;
describe.skipIf(lacksNode || lacksPython)(`five servers of others ${missing}`, () => {
  const folder = realpathSync(makeFolder());
  let remote: ChildProcess;
  let flotilla: Flotilla;

  beforeAll(async () => {
    writeFileSync(join(folder, "manifest.txt"), "two anchors\n");
    remote = spawn(process.execPath, [peer("servers/remote.mjs")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (remote.stdout === null) throw new Error("no output from the remote server");
    const [line] = (await once(remote.stdout, "data")) as [Buffer];
    const node = process.execPath;
    flotilla = await startFlotilla({
      config: {
        toolpacks: "none",
        workers: {
          everything: { command: node, args: [server("everything")] },
          files: { command: node, args: [server("filesystem"), folder] },
          memory: {
            command: node,
            args: [server("memory")],
            env: { MEMORY_FILE_PATH: join(folder, "memory.jsonl") },
          },
          weights: { command: PYTHON, args: [peer("servers/fastmcp_server.py")] },
          orbit: { url: line.toString().trim() },
        },
      },
    });
  });
  afterAll(async () => {
    remote.kill();
    await flotilla[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const argumentsOf = (worker: string, args: Record<string, unknown>): Record<string, unknown> => {
    if (worker === "files") return { path: folder };
    if (worker !== "memory") return args;
    return { entities: [{ name: "Flagship", entityType: "ship", observations: ["blue hull"] }] };
  };

  test("one endpoint lists them all", async () => {
    const tools = await listTools(`${flotilla.url}/mcp`);
    for (const [worker, tool] of WORKERS) expect(tools).toContain(`${worker}_${tool}`);
    expect(new Set(tools).size).toBe(tools.length);
  });

  test.each(WORKERS)("%s answers on the one endpoint and on its own", async (...row) => {
    const [worker, tool, args, said] = row;
    const given = argumentsOf(worker, args);
    expect(await callText(`${flotilla.url}/mcp`, `${worker}_${tool}`, given)).toMatch(said);
    const own = `${flotilla.url}/mcp/${worker}`;
    expect(await listTools(own)).toContain(tool);
    const again = worker === "memory" ? ["read_graph", {}] : [tool, given];
    expect(await callText(own, again[0] as string, again[1] as Record<string, unknown>)).toMatch(
      said,
    );
  });

  test("an older client sees the same names", async () => {
    const { tools } = await sdkV1(`${flotilla.url}/mcp`, []);
    expect(tools.toSorted()).toEqual((await listTools(`${flotilla.url}/mcp`)).toSorted());
  });
});
