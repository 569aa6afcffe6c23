/**
 * `npm run bench:start`: how long `flotilla up` takes to be ready on an empty and on a used state folder, and what it
 * holds in memory when idle; from source (types are stripped at start) and as published. Prints a table; goals are
 * printed beside, not asserted.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";

const ROUNDS = 5;
const IDLE_MS = 3_000;
const GOAL_READY_MS = 500;
const GOAL_RSS_MB = 90;
const ROOT = join(import.meta.dirname, "../..");
const MAINS = { source: "src/cli/main.ts", published: "dist/src/cli/main.js" };

interface Sample {
  readyMs: number;
  rssMb: number;
  pssMb: number;
}

async function measure(main: string, stateDir: string): Promise<Sample> {
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [join(ROOT, main), "up", "--port", "0", "--state", stateDir],
    {
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  await untilReady(child);
  const readyMs = performance.now() - startedAt;
  await wait(IDLE_MS);
  const memory = await memoryOf(child.pid ?? 0);
  child.kill("SIGTERM");
  await once(child, "exit");
  return { readyMs, ...memory };
}

async function untilReady(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error("the child has no stdout");
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes("http://127.0.0.1:")) return;
  }
  throw new Error("flotilla up ended before it was ready");
}

/** Linux tells resident and proportional size in /proc; elsewhere both are unknown (NaN). */
async function memoryOf(pid: number): Promise<{ rssMb: number; pssMb: number }> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? Number.NaN);
  return { rssMb: kilobytes("Rss") / 1024, pssMb: kilobytes("Pss") / 1024 };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function row(name: string, samples: Sample[]): string {
  const figure = (pick: (sample: Sample) => number): string =>
    median(samples.map(pick)).toFixed(0).padStart(8);
  return `${name.padEnd(24)}${figure((s) => s.readyMs)}${figure((s) => s.rssMb)}${figure((s) => s.pssMb)}`;
}

async function rows([name, main]: [string, string]): Promise<string[]> {
  const fresh: Sample[] = [];
  const used: Sample[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const stateDir = await mkdtemp(join(tmpdir(), "flotilla-bench-"));
    fresh.push(await measure(main, stateDir));
    used.push(await measure(main, stateDir));
    await rm(stateDir, { recursive: true, force: true });
  }
  return [row(`${name}, new state`, fresh), row(`${name}, used state`, used)];
}

const lines: string[] = [];
for (const entry of Object.entries(MAINS)) lines.push(...(await rows(entry)));
process.stdout.write(
  [
    `flotilla up, medians of ${ROUNDS} starts; memory after ${IDLE_MS / 1000} s idle`,
    `${"".padEnd(24)}ready ms  RSS MB  PSS MB`,
    ...lines,
    `${"goal".padEnd(24)}${`≤ ${GOAL_READY_MS}`.padStart(8)}${`≤ ${GOAL_RSS_MB}`.padStart(8)}`,
    "",
  ].join("\n"),
);
