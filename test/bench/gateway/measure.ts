/** Runs the loads of a setting over its systems, round by round. */
import { setTimeout as wait } from "node:timers/promises";
import { type Cell, type Load, run } from "./load.ts";
import { familyOf, hold, usedUs } from "./machine.ts";
import type { Row } from "./report.ts";
import {
  MAIN_SCENE,
  RIVAL_SECONDS,
  ROUNDS,
  type Scene,
  SECONDS,
  type Setting,
  titleOf,
} from "./scenes.ts";
import { type Bench, type Missing, openSession, startBackend, type System } from "./systems.ts";

/** A cell during which others used more of the two cores is measured once more, and the cleaner one kept. */
export const MAX_DISTURBED = 0.1;
/** On a busy machine most cells would be: the run must end. */
const MAX_REPEATS_A_SCENE = 6;
const WARM_SECONDS = 2;
/** Few: what a slow one has not answered when the load ends it still works off. */
const RIVAL_WARM_CONNECTIONS = 4;
/** For what a rival has left undone; some never come to rest. */
const SETTLE_MS = 4_000;
const SETTLE_LOOK_MS = 100;
const RESTING_US = 20_000;

export interface Measured {
  rows: Row[];
  missing: Missing[];
}

const isSystem = (one: System | Missing): one is System => "target" in one;

export async function measureSetting(setting: Setting, folder: string): Promise<Measured> {
  const backend = await startBackend();
  const { tool, workers, suffix } = setting;
  const bench: Bench = { folder, backendPort: backend.port, tool, workers };
  const started = await Promise.allSettled(setting.systems(bench));
  const found = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const systems = found.filter(isSystem);
  try {
    for (const one of started) if (one.status === "rejected") throw one.reason;
    const rows: Row[] = [];
    for (const { kind, target } of systems) {
      const isRival = kind === "rival";
      const connections = isRival ? RIVAL_WARM_CONNECTIONS : MAIN_SCENE.connections;
      const load = { ...MAIN_SCENE, connections, size: sizeOf(tool), seconds: WARM_SECONDS };
      await run(target, load, folder);
      if (isRival) await holdStill(target.pid);
    }
    for (const scene of setting.scenes) {
      rows.push(...(await measureScene(systems, { scene, workers, folder, suffix })));
    }
    return { rows, missing: found.filter((one): one is Missing => !isSystem(one)) };
  } finally {
    for (const { target } of systems) hold(target.pid, false);
    await Promise.all(systems.map((system) => system.end()));
    await backend.program.end();
  }
}

interface SceneOf {
  scene: Scene;
  workers: number;
  folder: string;
  suffix?: string | undefined;
}

async function measureScene(all: readonly System[], of: SceneOf): Promise<Row[]> {
  const { scene, workers, folder, suffix = "" } = of;
  const systems = all.filter(({ kind }) => kind !== "rival" || scene.rivalRounds > 0);
  const cells = new Map(systems.map(({ name }): [string, Cell[]] => [name, []]));
  for (const { target } of systems)
    if (scene.era === "legacy") target.session ??= await openSession(target);
  let repeats = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const system of systems) {
      if (system.kind === "rival" && round >= scene.rivalRounds) continue;
      let cell = await visit(system, { scene, folder });
      if (cell.disturbed > MAX_DISTURBED && repeats < MAX_REPEATS_A_SCENE) {
        repeats += 1;
        const again = await visit(system, { scene, folder });
        if (again.disturbed < cell.disturbed) cell = again;
      }
      cells.get(system.name)?.push(cell);
      tell(system.name, scene, cell);
    }
  }
  const base = cells.get("nginx") ?? [];
  return systems.map(({ name, kind }) => ({
    scene: titleOf(scene, workers) + suffix,
    system: name,
    kind,
    cells: cells.get(name) ?? [],
    nginx: base,
  }));
}

async function visit(
  { kind, name, target }: System,
  { scene, folder }: Pick<SceneOf, "scene" | "folder">,
): Promise<Cell> {
  const load: Load = { ...scene, seconds: kind === "rival" ? RIVAL_SECONDS : SECONDS };
  if (kind !== "rival") {
    const cell = await run(target, load, folder);
    if (cell.perSecond === 0) throw new Error(`${name} answers nothing, or something else`);
    return cell;
  }
  hold(target.pid, false);
  const cell = await run(target, load, folder);
  await holdStill(target.pid);
  return cell;
}

/** What it still has to do would otherwise be done while others, or it itself, are measured. */
async function holdStill(pid: number): Promise<void> {
  const family = familyOf(pid);
  for (let waited = 0; waited < SETTLE_MS; waited += SETTLE_LOOK_MS) {
    const before = usedUs(family);
    await wait(SETTLE_LOOK_MS);
    if (usedUs(family) - before < RESTING_US) break;
  }
  hold(pid, true);
}

const sizeOf = (tool: Bench["tool"]): Load["size"] => (tool === "echo" ? "1 KB" : "100 KB");

function tell(name: string, scene: Scene, { perSecond, cpuUs, disturbed }: Cell): void {
  const figures = `${perSecond.toFixed(0)}/s ${cpuUs.toFixed(1)} us`;
  const others = disturbed > MAX_DISTURBED ? `, others ${(disturbed * 100).toFixed(0)} %` : "";
  process.stderr.write(`${scene.size} c=${scene.connections} ${name}: ${figures}${others}\n`);
}
