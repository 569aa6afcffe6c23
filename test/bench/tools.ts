/**
 * `npm run bench:tools [-- PACK …]`: how soon and how dear. Each toolpack as a drone of its own, asked over stdin as the
 * fleet asks it: first answer after spawn, each tool's first and warm answers on a typical input (its own example where
 * none is listed), how long a `ping` waits beside 32 calls, and memory. Goals are printed beside, not asserted.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { recordRuntime, TYPICAL, type Inputs } from "./tools/inputs.ts";

const PACKS = join(import.meta.dirname, "../../toolpacks");
const CATEGORIES = [
  "nodejs",
  "python",
  "docker",
  "quality",
  "webdesign",
  "database",
  "api",
  "architecture",
];
const WARM_CALLS = 5;
const TOGETHER = 32;
/** Engines end after a minute at the latest. */
const IDLE_MS = 66_000;
const CALL_MS = 120_000;
const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

interface Drone {
  ask(method: string, params?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** MB, with all its processes. */
  pss(): number;
  end(): Promise<void>;
}

function startDrone(pack: string, env: Record<string, string>): Drone {
  const child = spawn(process.execPath, [join(PACKS, pack, "src/main.ts")], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const waiting = new Map<number, (message: Record<string, unknown>) => void>();
  let last = 0;
  createInterface({ input: child.stdout }).on("line", (text) => {
    if (!text.startsWith("{")) return;
    const message: Record<string, unknown> = JSON.parse(text);
    waiting.get(Number(message["id"]))?.(message);
  });
  return {
    ask(method, params = {}) {
      last += 1;
      const id = last;
      child.stdin.write(
        `${JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, _meta: META } })}\n`,
      );
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${pack}: no answer`)), CALL_MS);
        waiting.set(id, (message) => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(message);
        });
      });
    },
    pss: () => pssOf(child),
    async end() {
      child.stdin.end();
      await new Promise((resolve) => child.once("exit", resolve));
    },
  };
}

function pssOf({ pid = 0 }: ChildProcess): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  const sum = [String(pid), ...children].filter(Boolean).reduce((total, one) => {
    const rollup = readFileSync(`/proc/${one}/smaps_rollup`, "utf8");
    return total + Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
  }, 0);
  return Math.round(sum / 1024);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return Math.round(performance.now() - start);
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

interface Tool {
  name: string;
  example: Record<string, unknown>;
}

async function toolsOf(pack: string): Promise<Tool[]> {
  const module: {
    createWorker(): {
      tools: { definition: { name: string }; examples: { arguments: Record<string, unknown> }[] }[];
    };
  } = await import(join(PACKS, pack, "src/worker.ts"));
  return module.createWorker().tools.map(({ definition, examples }) => ({
    name: definition.name,
    example: examples[0]?.arguments ?? {},
  }));
}

async function benchPack(pack: string, env: Record<string, string>): Promise<void> {
  const tools = await toolsOf(pack);
  const typical: Inputs = TYPICAL[pack]?.() ?? {};
  const drone = startDrone(pack, env);
  const readyMs = await timed(() => drone.ask("tools/list"));
  const idle = drone.pss();
  process.stdout.write(`\n${pack}: lists ${readyMs} ms after spawn, ${idle} MB idle (goal 60)\n`);
  for (const { name, example } of tools) {
    const given = typical[name] ?? example;
    let said = "";
    const call = async (): Promise<void> => {
      const { result, error } = await drone.ask("tools/call", { name, arguments: given });
      const isError = (result as { isError?: boolean } | undefined)?.isError === true;
      if (error !== undefined || isError)
        said = `  answered with an error: ${JSON.stringify(error ?? result).slice(0, 120)}`;
    };
    const firstMs = await timed(call);
    const warm: number[] = [];
    for (let n = 0; n < WARM_CALLS; n += 1) warm.push(await timed(call));
    const on = typical[name] === undefined ? "its example" : "a typical input";
    process.stdout.write(
      `  ${name.padEnd(28)} first ${String(firstMs).padStart(6)} ms  warm ${String(median(warm)).padStart(6)} ms  on ${on}${said}\n`,
    );
  }
  await besideMany(drone, tools, typical);
  await wait(IDLE_MS);
  process.stdout.write(`  ${drone.pss()} MB after ${IDLE_MS / 1000} s without a call\n`);
  await drone.end();
}

/** Heavy work must not hold up the thread that speaks the protocol. */
async function besideMany(drone: Drone, tools: readonly Tool[], typical: Inputs): Promise<void> {
  const [tool] = tools;
  if (tool === undefined) return;
  const given = { name: tool.name, arguments: typical[tool.name] ?? tool.example };
  const calls = Array.from({ length: TOGETHER }, () => drone.ask("tools/call", given));
  const pings: number[] = [];
  let isOver = false;
  const all = Promise.all(calls).then(() => (isOver = true));
  while (!isOver) {
    pings.push(await timed(() => drone.ask("server/discover")));
    await wait(5);
  }
  await all;
  process.stdout.write(
    `  beside ${TOGETHER} calls of ${tool.name}: an answer waits ${median(pings)} ms, at most ${Math.max(...pings)} ms\n`,
  );
}

const workspace = mkdtempSync(join(tmpdir(), "flotilla-bench-"));
const wanted = process.argv.slice(2);
await recordRuntime(workspace);
const env = { FLOTILLA_WORKSPACE: workspace, NODE_COMPILE_CACHE: join(workspace, "compiled") };
for (const pack of CATEGORIES.filter((name) => readdirSync(PACKS).includes(name))) {
  if (wanted.length > 0 && !wanted.includes(pack)) continue;
  // The compile cache is filled once, as an installation's is after its first day.
  const first = startDrone(pack, env);
  await first.ask("tools/list");
  await first.end();
  await benchPack(pack, env);
}
rmSync(workspace, { recursive: true });
