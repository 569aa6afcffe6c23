/** What is compared. Every system stands in front of the same kind of worker and is alone on its core. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { META, type Target } from "./load.ts";
import { childOf, has, LOAD_CORE, type Program, start, SYSTEM_CORE } from "./machine.ts";

const NODE = process.execPath;
const ROOT = join(import.meta.dirname, "../../..");
const WORKERS = join(import.meta.dirname, "../workers");

export interface System {
  name: string;
  target: Target;
  end(): Promise<void>;
}

export interface Bench {
  folder: string;
  backendPort: number;
  /** Tool of the worker that is called: answers 1 KB or 100 KB. */
  tool: "echo" | "payload";
  workers: number;
}

export async function startBackend(core = LOAD_CORE): Promise<{ port: number; program: Program }> {
  const port = await freePort();
  const program = start(core, NODE, [join(WORKERS, "http-worker.ts"), String(port)]);
  await listening(port);
  return { port, program };
}

export async function direct(bench: Bench): Promise<System> {
  const { port, program } = await startBackend(SYSTEM_CORE);
  const target = { port, pid: program.pid, path: "/mcp", tools: [bench.tool] };
  return { name: "direct to the worker", target, end: () => program.end() };
}

export async function nginx(bench: Bench): Promise<System | undefined> {
  if (!has("nginx")) return undefined;
  const port = await freePort();
  const d = mkdtempSync(join(bench.folder, "nginx-"));
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (n) => `${n}_temp_path ${d}/${n};`,
  );
  writeFileSync(
    join(d, "nginx.conf"),
    `worker_processes 1; daemon off; pid ${d}/pid; error_log ${d}/error;
events { worker_connections 4096; }
http { access_log off; ${temp.join(" ")} keepalive_requests 100000000; client_body_buffer_size 64k;
proxy_buffers 8 64k; proxy_buffer_size 64k; proxy_busy_buffers_size 128k;
upstream worker { server 127.0.0.1:${bench.backendPort}; keepalive 512; keepalive_requests 100000000; }
server { listen 127.0.0.1:${port} backlog=2048;
location / { proxy_pass http://worker; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`,
  );
  const program = start(SYSTEM_CORE, "nginx", [
    "-c",
    join(d, "nginx.conf"),
    "-e",
    join(d, "error"),
  ]);
  await listening(port);
  const target = { port, pid: childOf(program.pid), path: "/mcp", tools: [bench.tool] };
  return { name: "nginx", target, end: () => program.end() };
}

export async function bareProxy(bench: Bench): Promise<System> {
  const port = await freePort();
  const args = [join(WORKERS, "bare-proxy.ts"), String(port), String(bench.backendPort)];
  const program = start(SYSTEM_CORE, NODE, args);
  await listening(port);
  const target = { port, pid: program.pid, path: "/mcp", tools: [bench.tool] };
  return { name: "node:http + undici, bare", target, end: () => program.end() };
}

type Drones = "frames" | "kit" | "lines" | "http";

export const FLOTILLA_NAMES: Readonly<Record<Drones, string>> = {
  frames: "Flotilla, drones in frames",
  kit: "Flotilla, drones of the kit",
  lines: "Flotilla, drones on plain stdio",
  http: "Flotilla, HTTP workers",
};

export async function flotilla(bench: Bench, drones: Drones): Promise<System> {
  const state = mkdtempSync(join(bench.folder, "flotilla-"));
  const names = Array.from({ length: bench.workers }, (_, index) => `w${index}`);
  const workers = Object.fromEntries(names.map((name) => [name, workerOf(bench, drones)]));
  const file = join(state, "fleet.json");
  writeFileSync(file, JSON.stringify({ workers }));
  const main = join(ROOT, "src/cli/main.ts");
  const args = ["up", "--port", "0", "--state", state, "--config", file, "--toolpacks", "none"];
  const program = start(SYSTEM_CORE, NODE, [main, ...args]);
  const ready = await program.says(/http:\/\/127\.0\.0\.1:(\d+)/);
  const tools = names.map((name) => `${name}_${bench.tool}`);
  const target = { port: Number(ready[1]), pid: program.pid, path: "/mcp", tools };
  for (const tool of tools) await answers(target, tool);
  return { name: FLOTILLA_NAMES[drones], target, end: () => program.end() };
}

function workerOf(bench: Bench, drones: Drones): object {
  if (drones === "http") return { url: `http://127.0.0.1:${bench.backendPort}/mcp` };
  const file = { frames: "frame-drone.ts", kit: "kit-drone.ts", lines: "line-drone.ts" }[drones];
  const scale = { min: 1, max: 1, callsPerDrone: 10_000, idle: "1h" };
  return { command: "taskset", args: ["-c", String(LOAD_CORE), NODE, join(WORKERS, file)], scale };
}

/** The first call wakes the worker; a system that does not answer is not measured. */
async function answers({ port, path }: Target, tool: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": tool,
      },
      body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${tool}","arguments":{"text":"x"},${META}}}`,
    });
    if ((await response.text()).includes("quick brown")) return;
    await wait(100);
  }
  throw new Error(`${tool} does not answer`);
}

/** A session for legacy calls. */
export async function openSession({ port, path }: Target): Promise<string | undefined> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}`,
  });
  await response.text();
  return response.headers.get("mcp-session-id") ?? undefined;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    await answer?.text();
    if (answer !== undefined) return;
    await wait(100);
  }
  throw new Error(`Nothing listens on ${port}.`);
}
