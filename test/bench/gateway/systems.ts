/** What is compared. Every system stands in front of the same kind of worker and is alone on its core. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { META, type Target } from "./load.ts";
import { childOf, has, LOAD_CORE, type Program, start, SYSTEM_CORE } from "./machine.ts";

export const NODE = process.execPath;
const ROOT = join(import.meta.dirname, "../../..");
export const WORKERS = join(import.meta.dirname, "../workers");

export interface System {
  name: string;
  /** SDK-made gateways and rivals are compared as one kind; ours are the others. */
  kind: "reference" | "own" | "rival";
  target: Target;
  end(): Promise<void>;
}

/** Of something that is not installed: how to install it. */
export interface Missing {
  name: string;
  install: string;
}

export interface Bench {
  folder: string;
  backendPort: number;
  /** Tool of the worker that is called: answers 1 KB or 100 KB. */
  tool: "echo" | "payload";
  workers: number;
}

export const BOTH = ["modern", "legacy"] as const;

/** Small, so that a fleet of them starts soon; the longest wait is for a rival that prepares a database. */
const PATIENCE_MS = 120_000;
const LOOK_MS = 100;

export async function startBackend(core = LOAD_CORE): Promise<{ port: number; program: Program }> {
  const port = await freePort();
  const args = [join(WORKERS, "http-worker.ts"), String(port)];
  const program = start({ cores: core, command: NODE, args });
  await listening(port);
  return { port, program };
}

export async function direct(bench: Bench): Promise<System> {
  const { port, program } = await startBackend(SYSTEM_CORE);
  const target: Target = { port, pid: program.pid, path: "/mcp", tools: [bench.tool], eras: BOTH };
  return { name: "direct to the worker", kind: "reference", target, end: () => program.end() };
}

export async function nginx(bench: Bench): Promise<System | Missing> {
  if (!has("nginx")) return { name: "nginx", install: "apt-get install nginx-light" };
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
  const args = ["-c", join(d, "nginx.conf"), "-e", join(d, "error")];
  const program = start({ cores: SYSTEM_CORE, command: "nginx", args });
  await listening(port);
  const pid = childOf(program.pid);
  const target: Target = { port, pid, path: "/mcp", tools: [bench.tool], eras: BOTH };
  return { name: "nginx", kind: "reference", target, end: () => program.end() };
}

export async function bareProxy(bench: Bench): Promise<System> {
  const port = await freePort();
  const args = [join(WORKERS, "bare-proxy.ts"), String(port), String(bench.backendPort)];
  const program = start({ cores: SYSTEM_CORE, command: NODE, args });
  await listening(port);
  const target: Target = { port, pid: program.pid, path: "/mcp", tools: [bench.tool], eras: BOTH };
  return { name: "node:http + undici, bare", kind: "reference", target, end: () => program.end() };
}

export type Drones = "frames" | "kit" | "lines" | "http";

const OWN_NAMES: Readonly<Record<Drones, string>> = {
  frames: "drones in frames",
  kit: "drones of the kit",
  lines: "drones on plain stdio",
  http: "HTTP workers",
};

export interface FlotillaShape {
  drones: Drones;
  /** Gateway processes; one when left out. */
  gateways?: number;
  /** The system's own core when left out. */
  cores?: "0,1";
  /** Where a CPU profile of the run goes, written when it ends. */
  profileTo?: string;
}

export async function flotilla(bench: Bench, shape: FlotillaShape): Promise<System> {
  const { drones, gateways = 1, cores = SYSTEM_CORE, profileTo } = shape;
  const state = mkdtempSync(join(bench.folder, "flotilla-"));
  const names = Array.from({ length: bench.workers }, (_, index) => `w${index}`);
  const workers = Object.fromEntries(names.map((name) => [name, workerOf(bench, drones)]));
  const file = join(state, "fleet.json");
  writeFileSync(file, JSON.stringify({ workers }));
  const profile = profileTo === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileTo}`];
  const up = ["up", "--port", "0", "--state", state, "--config", file, "--toolpacks", "none"];
  const more = gateways === 1 ? [] : ["--gateways", String(gateways)];
  const args = [...profile, join(ROOT, "src/cli/main.ts"), ...up, ...more];
  const program = start({ cores, command: NODE, args });
  const ready = await program.says(/http:\/\/127\.0\.0\.1:(\d+)/);
  const tools = names.map((name) => `${name}_${bench.tool}`);
  const port = Number(ready[1]);
  const target: Target = { port, pid: program.pid, path: "/mcp", tools, eras: BOTH };
  for (const tool of tools) await answers(target, tool);
  const processes = gateways === 1 ? "" : `, ${gateways} processes`;
  const spread = cores === SYSTEM_CORE ? "" : " on both cores";
  const name = `Flotilla, ${OWN_NAMES[drones]}${processes}${spread}`;
  return { name, kind: "own", target, end: () => program.end() };
}

function workerOf(bench: Bench, drones: Drones): object {
  if (drones === "http") return { url: `http://127.0.0.1:${bench.backendPort}/mcp` };
  const file = { frames: "frame-drone.ts", kit: "kit-drone.ts", lines: "line-drone.ts" }[drones];
  const scale = { min: 1, max: 1, callsPerDrone: 10_000, idle: "1h" };
  return { command: "taskset", args: ["-c", String(LOAD_CORE), NODE, join(WORKERS, file)], scale };
}

/** The first call wakes the worker; a system that does not answer is not measured. */
export async function answers(target: Target, tool: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  let last = "";
  while (performance.now() < until) {
    last = await callOnce(target, tool).catch(String);
    if (last.includes("quick brown")) return;
    await wait(LOOK_MS);
  }
  throw new Error(`${tool} on port ${target.port} does not answer: ${last.slice(0, 200)}`);
}

async function callOnce(target: Target, tool: string): Promise<string> {
  const { port, path, eras, plainBody } = target;
  const isModern = eras[0] === "modern";
  if (!isModern && plainBody === undefined) target.session ??= await openSession(target);
  const session = target.session === undefined ? {} : { "mcp-session-id": target.session };
  const modern = {
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": tool,
  };
  const plain = plainBody?.(tool, "x");
  const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${tool}","arguments":{"text":"x"}${isModern ? `,${META}` : ""}}}`;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(isModern ? modern : { "mcp-protocol-version": "2025-11-25", ...session }),
    },
    body: plain === undefined ? body : `${plain.before}1${plain.after}`,
  });
  return response.text();
}

/** A session for legacy calls; empty where the system needs none. */
export async function openSession({ port, path }: Target): Promise<string> {
  const url = `http://127.0.0.1:${port}${path}`;
  const heads = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const response = await fetch(url, {
    method: "POST",
    headers: heads,
    body: `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}`,
  });
  await response.text();
  const id = response.headers.get("mcp-session-id") ?? "";
  const told = await fetch(url, {
    method: "POST",
    headers: {
      ...heads,
      "mcp-protocol-version": "2025-11-25",
      ...(id && { "mcp-session-id": id }),
    },
    body: `{"jsonrpc":"2.0","method":"notifications/initialized"}`,
  });
  await told.text();
  return id;
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

export async function listening(port: number): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
    await answer?.text();
    if (answer !== undefined) return;
    await wait(LOOK_MS);
  }
  throw new Error(`Nothing listens on ${port}.`);
}
