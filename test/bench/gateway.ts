/**
 * `npm run bench`: what a call costs in Flotilla, beside nginx, a bare proxy, gateways made with the official SDKs and
 * those of others, on one core, in one interleaved run. Writes docs/benchmarks/gateway.md and its chart. `--short` is a
 * minute without the rivals and writes nothing; `--keep FILE` keeps the figures, `--page FILE` makes the page of them,
 * with `--note TEXT` about the run.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chart } from "./gateway/chart.ts";
import { halfLoad } from "./gateway/half-load.ts";
import { idleSessions } from "./gateway/idle-sessions.ts";
import { endAll, has } from "./gateway/machine.ts";
import { measureSetting, type Measured } from "./gateway/measure.ts";
import { type Findings, page } from "./gateway/page.ts";
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

async function full(folder: string): Promise<Findings> {
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
  const minutes = (performance.now() - startedMs) / 60_000;
  return { rows, missing, half, idle, profiles, minutes };
}

function write(findings: Findings): void {
  mkdirSync(OUT, { recursive: true });
  writeFileSync(join(OUT, "gateway.md"), page(findings));
  writeFileSync(join(OUT, "gateway.svg"), chart(findings.rows, titleOf(MAIN_SCENE, 1)));
}

if (!has("wrk") || process.platform !== "linux") {
  process.stderr.write("The benchmark needs Linux and wrk (apt-get install wrk nginx-light).\n");
  process.exit(1);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    endAll();
    rmSync(folder, { recursive: true, force: true });
    process.exit(1);
  });
}
const folder = mkdtempSync(join(tmpdir(), "flotilla-bench-"));
try {
  const { values } = parseArgs({
    options: {
      short: { type: "boolean" },
      page: { type: "string" },
      keep: { type: "string" },
      note: { type: "string" },
    },
  });
  if (values.page !== undefined) {
    // What JSON cannot say is written as null.
    const text = readFileSync(values.page, "utf8");
    const findings = JSON.parse(text, (_, value: unknown) => value ?? Number.NaN) as Findings;
    write(values.note === undefined ? findings : { ...findings, note: values.note });
  } else if (values.short === true) {
    const { rows, missing } = await measureAll(folder, true);
    for (const { name, install } of missing)
      process.stdout.write(`${name} is missing: ${install}\n`);
    process.stdout.write(sceneTables(rows));
  } else {
    const findings = await full(folder);
    if (values.keep !== undefined) writeFileSync(values.keep, JSON.stringify(findings));
    write(findings);
    process.stdout.write(page(findings));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
