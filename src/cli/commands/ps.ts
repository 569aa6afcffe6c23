import type { Command } from "commander";
import type { FleetStatus, WorkerStatus } from "../../protocol/index.ts";
import { EXIT } from "../exit.ts";
import type { Host } from "../host.ts";
import type { Paint } from "../ui/paint.ts";
import { table, type Cell } from "../ui/table.ts";
import { oneLine, wrap } from "../ui/text.ts";
import { age, count } from "../ui/units.ts";

export function register(program: Command, host: Host): void {
  program
    .command("ps")
    .description("Shows the workers of the fleet: asleep, waking, ready, or in trouble and why.")
    .option("-d, --drones", "list the running drones instead")
    .action(host.action((options: { drones?: true }) => ps(host, options.drones === true)));
}

async function ps(host: Host, drones: boolean): Promise<number> {
  const { ui, io, globals } = host;
  const api = await host.api();
  const fleet = await api.fleet();
  if (globals.json === true)
    ui.json(drones ? { drones: fleet.workers.flatMap((w) => w.drones) } : fleet);
  else if (drones) ui.lines(droneLines(fleet, { host, now: io.clock.now() }));
  else ui.lines(workerLines(fleet, { host, now: io.clock.now(), url: api.url }));
  return EXIT.ok;
}

/** The rest of a long reason is in the logs. */
const MAX_TROUBLE_LINES = 3;

interface Around {
  host: Host;
  now: number;
}

function workerLines(fleet: FleetStatus, around: Around & { url: string }): string[] {
  const { paint, columns } = around.host.ui;
  if (fleet.workers.length === 0) return ["No workers yet. Add one with `flotilla add`."];
  const workers = fleet.workers.toSorted((a, b) => a.name.localeCompare(b.name));
  const rows = workers.map((worker) => workerRow(worker, paint));
  const heads = [
    { title: "WORKER" },
    { title: "STATE" },
    { title: "DRONES", align: "right" as const },
    { title: "TOOLS", align: "right" as const },
    { title: "RUNS", flexible: true },
  ];
  const lines = table(heads, rows, { columns, title: paint.dim });
  const noted = workers.flatMap((worker, index) => [
    lines[index + 1] ?? "",
    ...trouble(worker, around),
  ]);
  return [lines[0] ?? "", ...noted, "", paint.dim(footer(fleet, around))];
}

const STATES: Record<string, { mark: string; words: string; paint: keyof Paint }> = {
  asleep: { mark: "○", words: "asleep", paint: "dim" },
  waking: { mark: "◐", words: "waking", paint: "busy" },
  ready: { mark: "●", words: "ready", paint: "good" },
  backing_off: { mark: "▲", words: "backing off", paint: "busy" },
  crash_loop: { mark: "✗", words: "crash loop", paint: "bad" },
};

function workerRow(worker: WorkerStatus, paint: Paint): Cell[] {
  const state = STATES[worker.health.state] ?? STATES["asleep"];
  const live = worker.drones.length;
  return [
    { text: oneLine(worker.name), paint: paint.bold },
    { text: `${state?.mark} ${state?.words}`, paint: paint[state?.paint ?? "dim"] },
    { text: live === 0 ? "–" : String(live), ...(live === 0 ? { paint: paint.dim } : {}) },
    { text: String(worker.offers?.tools ?? "?") },
    { text: oneLine(worker.summary), paint: paint.dim },
  ];
}

/** Why it is not well, and when that may change; under its row, where the eye is. */
function trouble({ health }: WorkerStatus, { host, now }: Around): string[] {
  if (health.state !== "backing_off" && health.state !== "crash_loop") return [];
  const { paint, columns } = host.ui;
  const wait = health.retryAtMs === undefined ? 0 : health.retryAtMs - now;
  const retry = wait > 0 ? `next try in ${age(wait)}` : "";
  const why = oneLine(health.lastError ?? "it does not start");
  const failures = count(health.failures, "failure");
  const parts = [failures, retry, why].filter((part) => part !== "").join(" · ");
  const [first = "", ...more] = wrap(parts, columns - 4).slice(0, MAX_TROUBLE_LINES);
  return [`  ${paint.bad("└")} ${first}`, ...more.map((line) => `    ${line}`)];
}

function footer(fleet: FleetStatus, { now, url }: { now: number; url: string }): string {
  const drones = fleet.workers.reduce((sum, worker) => sum + worker.drones.length, 0);
  const up = age(Math.max(0, now - fleet.startedAtMs));
  const facts = [
    count(fleet.workers.length, "worker"),
    count(drones, "drone"),
    `up ${up}`,
    `${url}/mcp`,
  ];
  return facts.join(" · ");
}

function droneLines(fleet: FleetStatus, { host, now }: Around): string[] {
  const { paint, columns } = host.ui;
  const drones = fleet.workers.flatMap((worker) => worker.drones);
  if (drones.length === 0) return ["No drones: every worker sleeps until it is called."];
  const rows = drones.map((drone): Cell[] => [
    { text: drone.id, paint: paint.bold },
    { text: drone.worker },
    { text: drone.phase, paint: drone.phase === "ready" ? paint.good : paint.busy },
    { text: drone.launcher },
    { text: age(Math.max(0, now - drone.createdAtMs)), paint: paint.dim },
    { text: oneLine(drone.reason), paint: paint.dim },
  ]);
  const heads = ["DRONE", "WORKER", "PHASE", "LAUNCHER", "AGE"].map((title) => ({ title }));
  return table([...heads, { title: "REASON", flexible: true }], rows, {
    columns,
    title: paint.dim,
  });
}
