/** What a system adds to a call when it is not driven to its limit: each connection pauses between its calls. */
import { type Cell, type Load, run } from "./load.ts";
import { median, middle, shown, table } from "./report.ts";
import { MAIN_SCENE, ROUNDS, SECONDS } from "./scenes.ts";
import { type Bench, direct, flotilla, nginx, startBackend, type System } from "./systems.ts";

export interface Added {
  system: string;
  perSecond: number;
  /** Beyond the direct way, in the same round. */
  p50Ms: number;
  p99Ms: number;
}

export interface HalfLoad {
  pauseMs: number;
  added: Added[];
}

/** Half of `fullPerSecond`, the rate of our own drones in frames at their limit. */
export async function halfLoad(folder: string, fullPerSecond: number): Promise<HalfLoad> {
  const pauseMs = MAIN_SCENE.connections / (fullPerSecond / 2) / 1e-3;
  const backend = await startBackend();
  const bench: Bench = { folder, backendPort: backend.port, tool: "echo", workers: 1 };
  const started = await Promise.all([
    direct(bench),
    nginx(bench),
    flotilla(bench, { drones: "frames" }),
    flotilla(bench, { drones: "kit" }),
    flotilla(bench, { drones: "http" }),
  ]);
  const systems = started.filter((one): one is System => "target" in one);
  const cells = new Map(systems.map(({ name }): [string, Cell[]] => [name, []]));
  const load: Load = { ...MAIN_SCENE, pauseMs, seconds: SECONDS };
  try {
    for (const { target } of systems) await run(target, { ...MAIN_SCENE, seconds: 1 }, folder);
    for (let round = 0; round < ROUNDS; round++)
      for (const { name, target } of systems)
        cells.get(name)?.push(await run(target, load, folder));
  } finally {
    await Promise.all(systems.map((system) => system.end()));
    await backend.program.end();
  }
  const base = cells.get(systems[0]?.name ?? "") ?? [];
  const beyond = (own: readonly Cell[], key: "p50Ms" | "p99Ms"): number =>
    median(own.map((cell, round) => cell[key] - (base[round]?.[key] ?? Number.NaN)));
  const added = [...cells].slice(1).map(([system, own]) => ({
    system,
    perSecond: middle(own, "perSecond"),
    p50Ms: beyond(own, "p50Ms"),
    p99Ms: beyond(own, "p99Ms"),
  }));
  return { pauseMs, added };
}

export function halfLoadTable({ pauseMs, added }: HalfLoad): string {
  const rows = added.map(({ system, perSecond, p50Ms, p99Ms }) => [
    system,
    shown(perSecond, 0),
    shown(p50Ms),
    shown(p99Ms),
  ]);
  const head = ["system", "calls/s", "added p50 ms", "added p99 ms"];
  return `64 connections that pause ${shown(pauseMs, 1)} ms on average between calls, about half of what Flotilla's drones in frames
reach. Added to the direct way, measured in the same round.

${table(head, rows)}
`;
}
