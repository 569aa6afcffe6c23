/**
 * `npm run bench`: what a call costs in Flotilla, beside nginx, a bare proxy, gateways made with the official SDKs and
 * those of others, on one core, in one interleaved run. Writes docs/benchmarks/gateway.md and its chart. `--short` is a
 * minute without the rivals and writes nothing.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chart } from "./gateway/chart.ts";
import { goalsTable } from "./gateway/goals.ts";
import { halfLoad } from "./gateway/half-load.ts";
import { idleSessions } from "./gateway/idle-sessions.ts";
import { has } from "./gateway/machine.ts";
import { measureSetting, type Measured } from "./gateway/measure.ts";
import { page } from "./gateway/page.ts";
import { profileOf } from "./gateway/profile.ts";
import { middle, sceneTables } from "./gateway/report.ts";
import { MAIN_SCENE, SETTINGS, SHORT, titleOf } from "./gateway/scenes.ts";

const OUT = join(import.meta.dirname, "../../docs/benchmarks");

async function measureAll(folder: string, isShort: boolean): Promise<Measured> {
  const all: Measured = { rows: [], missing: [] };
  for (const setting of isShort ? SHORT : SETTINGS) {
    const { rows, missing } = await measureSetting(setting, folder);
    all.rows.push(...rows);
    const known = new Set(all.missing.map(({ name }) => name));
    all.missing.push(...missing.filter(({ name }) => !known.has(name)));
  }
  return all;
}

async function full(folder: string): Promise<void> {
  const startedMs = performance.now();
  const { rows, missing } = await measureAll(folder, false);
  const main = titleOf(MAIN_SCENE, 1);
  const frames = rows.find(({ scene, system }) => scene === main && system.endsWith("in frames"));
  const half = await halfLoad(folder, middle(frames?.cells ?? [], "perSecond"));
  const idle = await idleSessions(folder);
  const profiles = [
    ["drones in frames", await profileOf(folder, "frames")],
    ["HTTP workers", await profileOf(folder, "http")],
  ] as const;
  const text = page({
    goals: goalsTable({ rows, half, idle }),
    rows,
    half,
    profiles,
    missing,
    minutes: (performance.now() - startedMs) / 60_000,
  });
  mkdirSync(OUT, { recursive: true });
  writeFileSync(join(OUT, "gateway.md"), text);
  writeFileSync(join(OUT, "gateway.svg"), chart(rows, main));
  process.stdout.write(text);
}

if (!has("wrk") || process.platform !== "linux") {
  process.stderr.write("The benchmark needs Linux and wrk (apt-get install wrk nginx-light).\n");
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "flotilla-bench-"));
try {
  if (process.argv.includes("--short")) {
    const { rows, missing } = await measureAll(folder, true);
    for (const { name, install } of missing)
      process.stdout.write(`${name} is missing: ${install}\n`);
    process.stdout.write(sceneTables(rows));
  } else await full(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
