/**
 * What one idle drone costs, and how soon it answers its first call after spawn: a minimal worker of the kit from source
 * (without and with a filled compile cache) and as published (`npm run build` first), and the same tool on the official SDK. Prints a table; goals
 * are printed beside, not asserted. Needs `npm ci --prefix test/peers` for the SDK's rows.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";

const ROUNDS = 9;
/** Alive together, so that what drones share is shared as in a fleet. */
const TOGETHER = 8;
const SETTLE_MS = 1_500;
const END_MS = 5_000;
const GOAL_MS = 60;
const GOAL_PSS_MB = 16;
const HERE = import.meta.dirname;
const SOURCE = join(HERE, "../../src/worker/fixtures/minimal-worker.node.ts");
const PEERS = join(HERE, "../peers");

interface Candidate {
  name: string;
  file: string;
  env?: Record<string, string>;
  /** Opens a session first, as clients of an SDK 1 server must. */
  legacy?: boolean;
}

interface Drone {
  child: ChildProcess;
  firstMs: number;
}

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};
const line = (message: object): string => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`;

function requests(legacy: boolean): string {
  const params = { name: "echo", arguments: { text: "hi" } };
  if (!legacy) return line({ id: 1, method: "tools/call", params: { ...params, _meta: META } });
  const hello = {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "bench", version: "1" },
  };
  return [
    line({ id: 0, method: "initialize", params: hello }),
    line({ method: "notifications/initialized" }),
    line({ id: 1, method: "tools/call", params }),
  ].join("");
}

async function start({ file, env, legacy = false }: Candidate): Promise<Drone> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [file], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { PATH: process.env["PATH"], ...env },
  });
  child.stdin.write(requests(legacy));
  for await (const text of createInterface({ input: child.stdout })) {
    const answer = JSON.parse(text) as { id?: number; result?: unknown };
    if (answer.id === 1 && answer.result !== undefined) {
      return { child, firstMs: performance.now() - startedAt };
    }
  }
  throw new Error(`${file} ended before it answered.`);
}

async function stop({ child }: Drone): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

/** Node writes its compile cache when a process ends by itself, so the first run does. */
async function fillCaches(candidate: Candidate): Promise<void> {
  const { child } = await start(candidate);
  const exit = once(child, "exit");
  child.stdin?.end();
  await Promise.race([exit, wait(END_MS)]);
  child.kill("SIGKILL");
}

async function pssMb(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? Number.NaN) / 1024;
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function measure(candidate: Candidate): Promise<string> {
  await fillCaches(candidate);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const drone = await start(candidate);
    times.push(drone.firstMs);
    await stop(drone);
  }
  const alive: Drone[] = [];
  for (let one = 0; one < TOGETHER; one++) alive.push(await start(candidate));
  await wait(SETTLE_MS);
  const memory = await Promise.all(alive.map(({ child }) => pssMb(child.pid ?? 0)));
  await Promise.all(alive.map(stop));
  const figures = [median(times), Math.max(...times), median(memory)];
  return candidate.name.padEnd(34) + figures.map((one) => one.toFixed(1).padStart(11)).join("");
}

const SDK_SERVERS = {
  "official SDK 1": `import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
const server = new McpServer({ name: "minimal", version: "1.0.0" });
server.registerTool("echo", { inputSchema: { text: z.string() } }, ({ text }) => ({ content: [{ type: "text", text }] }));
await server.connect(new StdioServerTransport());`,
  "official SDK 2": `import { McpServer, fromJsonSchema } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
const server = new McpServer({ name: "minimal", version: "1.0.0" });
const inputSchema = fromJsonSchema({ type: "object", properties: { text: { type: "string" } }, required: ["text"] });
server.registerTool("echo", { inputSchema }, ({ text }) => ({ content: [{ type: "text", text }] }));
await server.connect(new StdioServerTransport());`,
};

async function candidates(folder: string): Promise<Candidate[]> {
  const cache = { NODE_COMPILE_CACHE: join(folder, "cache") };
  const own: Candidate[] = [
    { name: "kit, from source, no cache", file: SOURCE },
    { name: "kit, from source, compile cache", file: SOURCE, env: cache },
  ];
  const built = join(HERE, "../../dist/src/worker/index.js");
  if (existsSync(built)) {
    const file = join(folder, "published.mjs");
    const text = await readFile(SOURCE, "utf8");
    await writeFile(file, plain(text.replace("../index.ts", built)));
    own.push({ name: "kit, as published, compile cache", file, env: cache });
  }
  if (!existsSync(join(PEERS, "node_modules"))) return own;
  const others = Object.entries(SDK_SERVERS).map(async ([name, text]): Promise<Candidate> => {
    // Beside what it imports.
    const file = join(PEERS, "node_modules", `.bench-${name.replaceAll(" ", "-")}.mjs`);
    await writeFile(file, text);
    return { name: `${name}, compile cache`, file, env: cache, legacy: true };
  });
  return [...own, ...(await Promise.all(others))];
}

/** The fixture's only types are type arguments. */
const plain = (text: string): string => text.replaceAll(/defineTool<[^>]*>/g, "defineTool");

const folder = await mkdtemp(join(tmpdir(), "flotilla-bench-worker-"));
try {
  process.stdout.write(
    `${`${ROUNDS} starts, ${TOGETHER} alive`.padEnd(34)}${["median ms", "worst ms", "PSS MB"].map((one) => one.padStart(11)).join("")}\n`,
  );
  for (const candidate of await candidates(folder)) {
    process.stdout.write(`${await measure(candidate)}\n`);
  }
  process.stdout.write(
    `goal: first answer within ${GOAL_MS} ms of spawn, at most ${GOAL_PSS_MB} MB PSS idle\n`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
