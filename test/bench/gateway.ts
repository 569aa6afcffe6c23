/**
 * `npm run bench`: what a call costs in Flotilla and beside it, on one core, in one interleaved run. Writes the table and
 * the chart to docs/benchmarks. `--short` is a minute for CI and writes nothing.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { type Cell, type Load, run } from "./gateway/load.ts";
import { has } from "./gateway/machine.ts";
import { chart, markdown, type Row } from "./gateway/report.ts";
import {
  bareProxy,
  type Bench,
  direct,
  flotilla,
  nginx,
  openSession,
  startBackend,
  type System,
} from "./gateway/systems.ts";

interface Scene extends Omit<Load, "seconds"> {
  workers: number;
  systems: readonly string[];
}

const ALL = ["direct", "nginx", "bare", "frames", "kit", "lines", "http"];
const OWN = ["nginx", "frames", "http"];
const MAIN_SCENE: Scene = {
  connections: 64,
  era: "modern",
  size: "1 KB",
  workers: 1,
  systems: ALL,
};
const SCENES: readonly Scene[] = [
  MAIN_SCENE,
  ...[1, 16, 256].map((connections) => ({ ...MAIN_SCENE, connections, systems: OWN })),
  { ...MAIN_SCENE, size: "100 KB", connections: 16, systems: OWN },
  { ...MAIN_SCENE, era: "legacy", systems: OWN },
  { ...MAIN_SCENE, workers: 20, systems: OWN },
  ...[60, 200].map((workers) => ({ ...MAIN_SCENE, workers, systems: ["nginx", "http"] })),
];
const isShort = process.argv.includes("--short");
const SECONDS = isShort ? 2 : 3;
const ROUNDS = 3;
const OUT = join(import.meta.dirname, "../../docs/benchmarks");

const titleOf = ({ connections, era, size, workers }: Scene): string =>
  `${size}, ${connections} connections, ${era}, ${workers} worker${workers === 1 ? "" : "s"}`;

function starter(name: string, bench: Bench): Promise<System | undefined> {
  if (name === "direct") return direct(bench);
  if (name === "nginx") return nginx(bench);
  if (name === "bare") return bareProxy(bench);
  if (name === "frames" || name === "kit" || name === "lines" || name === "http")
    return flotilla(bench, name);
  throw new Error(`no system ${name}`);
}

async function measure(scene: Scene, folder: string): Promise<Row[]> {
  const backend = await startBackend();
  const tool = scene.size === "1 KB" ? "echo" : "payload";
  const bench: Bench = { folder, backendPort: backend.port, tool, workers: scene.workers };
  const systems: System[] = [];
  try {
    for (const name of scene.systems) {
      const system = await starter(name, bench);
      if (system !== undefined) systems.push(system);
    }
    return await rounds(scene, systems, folder);
  } finally {
    for (const system of systems) await system.end();
    await backend.program.end();
  }
}

async function rounds(scene: Scene, systems: readonly System[], folder: string): Promise<Row[]> {
  const cells = new Map(systems.map(({ name }): [string, Cell[]] => [name, []]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const { name, target } of systems) {
      if (scene.era === "legacy" && target.session === undefined) {
        const session = await openSession(target);
        if (session !== undefined) target.session = session;
      }
      const cell = await run(target, { ...scene, seconds: round < 0 ? 1 : SECONDS }, folder);
      // The first round warms up.
      if (round >= 0) cells.get(name)?.push(cell);
    }
  }
  const base = cells.get("nginx") ?? [];
  return systems.map(({ name }) => ({
    scene: titleOf(scene),
    system: name,
    cells: cells.get(name) ?? [],
    nginx: base,
  }));
}

const about = `# What a call costs

Made by \`npm run bench\`. ${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, Linux ${release()}, Node ${process.version}.

wrk (one thread, keep-alive, a fresh id each call) and the workers share core 0, the system measured has core 1 to itself with all
its threads. Rounds are interleaved, ${ROUNDS} of ${SECONDS} s after a warm-up; figures are medians, ratios to nginx are formed round by
round. CPU time is the system's own, from /proc, without workers and load. The workers are small programs on Node that answer a fixed
text; where a rate and a CPU ratio disagree, the worker or other work on the machine was the limit, and the CPU ratio is the one to
read. Flotilla runs as \`flotilla up\` with everything on: envelope and header checks, routing, deadlines, metrics, the event log (beyond
2,000 calls a second it samples successes). "Drones in frames" answer without the kit's own work; "drones of the kit" are what an
author gets.
`;

if (!has("wrk") || process.platform !== "linux") {
  process.stderr.write("The benchmark needs Linux and wrk (apt-get install wrk nginx-light).\n");
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "flotilla-bench-"));
try {
  const rows: Row[] = [];
  for (const scene of isShort ? [MAIN_SCENE] : SCENES) rows.push(...(await measure(scene, folder)));
  const text = markdown(rows, about);
  process.stdout.write(text);
  if (!isShort) {
    mkdirSync(OUT, { recursive: true });
    writeFileSync(join(OUT, "README.md"), text);
    writeFileSync(join(OUT, "cpu-per-call.svg"), chart(rows, titleOf(MAIN_SCENE)));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
