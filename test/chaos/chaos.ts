/** Calls and faults side by side for a while, from a seed; then what has to hold is counted. */
import { setTimeout as pause } from "node:timers/promises";
import { cutOff, killContainer, runningOf } from "../journeys/containers.ts";
import { call } from "../journeys/wire.ts";
import { CALL_TIMEOUT_MS, type ChaosFleet, startChaosFleet } from "./fleet.ts";

const LANES = 6;
const PROCESS_WORKERS = 4;
const LONGEST_CALL_MS = 300;
/** On top of a call's own limit: both sides share the machine with everything that starts. */
const MARGIN_MS = 5_000;
const FAULTS_APART_MS = 400;
/** Beyond five failures in five minutes a worker is left in peace, as it should; chaos stays below. */
const DEATHS_EACH = 3;
const FREEZE_MS = 1_000;
const READY_MS = 90_000;

export interface ChaosOptions {
  seconds: number;
  seed: number;
}

export interface ChaosReport {
  faults: Record<string, number>;
  /** Calls by how they ended: `answered`, a code, or `cut` when Flotilla was killed under them. */
  outcomes: Record<string, number>;
  slowestMs: number;
  readyAfterMs: number;
  /** Empty when everything held. */
  broken: string[];
}

interface Run {
  fleet: ChaosFleet;
  random: () => number;
  untilMs: number;
  report: ChaosReport;
  deaths: Map<string, number>;
  kills: number;
  /** Calls that may not run twice and were answered. */
  lifted: string[];
}

export async function runChaos({ seconds, seed }: ChaosOptions): Promise<ChaosReport> {
  await using fleet = await startChaosFleet(PROCESS_WORKERS);
  const report = {
    faults: {},
    outcomes: {},
    slowestMs: 0,
    readyAfterMs: 0,
    broken: [] as string[],
  };
  const random = randomFrom(seed);
  const run: Run = { fleet, random, untilMs: 0, report, deaths: new Map(), kills: 0, lifted: [] };
  if (!(await isReady(run))) report.broken.push("the fleet was not ready before the first fault");
  run.untilMs = performance.now() + seconds * 1_000;
  const lanes = Array.from({ length: LANES }, (_, no) => callOn(run, no));
  await Promise.all([...lanes, breakThings(run)]);
  const endedMs = performance.now();
  if (!(await isReady(run))) report.broken.push("the fleet did not become ready again");
  report.readyAfterMs = Math.round(performance.now() - endedMs);
  countRuns(run);
  report.broken.push(...(await fleet.orphans()).map((one) => `orphan: ${one}`));
  return report;
}

/** mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick<T>({ random }: Run, from: readonly T[]): T | undefined {
  return from[Math.floor(random() * from.length)];
}

function count(into: Record<string, number>, what: string): void {
  into[what] = (into[what] ?? 0) + 1;
}

async function callOn(run: Run, lane: number): Promise<void> {
  for (let no = 0; performance.now() < run.untilMs; no += 1) {
    const flotilla = run.fleet.flotilla();
    const worker = pick(run, run.fleet.workers);
    if (flotilla === undefined || worker === undefined) {
      await pause(50);
      continue;
    }
    const tool = run.random() < 0.5 ? "lift" : "look";
    const id = `${tool}-${lane}-${no}`;
    const ms = Math.floor(run.random() * LONGEST_CALL_MS);
    const { kills } = run;
    const beganMs = performance.now();
    const outcome = await outcomeOf(`${flotilla.url}/mcp/${worker}`, tool, { id, ms });
    const tookMs = Math.round(performance.now() - beganMs);
    run.report.slowestMs = Math.max(run.report.slowestMs, tookMs);
    count(run.report.outcomes, outcome);
    if (outcome === "answered" && tool === "lift") run.lifted.push(id);
    if (outcome === "untyped") run.report.broken.push(`${id} got an error without a code`);
    if (outcome === "cut" && kills === run.kills) run.report.broken.push(`${id} was cut by nobody`);
    if (tookMs > CALL_TIMEOUT_MS + MARGIN_MS) run.report.broken.push(`${id} took ${tookMs} ms`);
    // Refusals come at once; hammering on them proves nothing.
    if (outcome !== "answered") await pause(100);
  }
}

async function outcomeOf(
  url: string,
  tool: string,
  args: Record<string, unknown>,
): Promise<string> {
  try {
    const { result, error } = await call(url, tool, args);
    return result === undefined ? (error?.data?.code ?? "untyped") : "answered";
  } catch {
    return "cut";
  }
}

async function breakThings(run: Run): Promise<void> {
  const faults: Record<string, () => Promise<boolean>> = {
    "kill a process": () => killProcess(run),
    "freeze a process": () => freezeProcess(run),
    "kill a container": () => hitContainer(run, "pipe"),
    "cut a container off": () => hitContainer(run, "web"),
    "kill Flotilla": () => killFlotilla(run),
  };
  while (performance.now() < run.untilMs) {
    await pause(FAULTS_APART_MS * (0.5 + run.random()));
    const name = pick(run, Object.keys(faults)) ?? "";
    if ((await faults[name]?.()) === true) count(run.report.faults, name);
  }
}

/** False when this one has suffered enough. */
function mayDie({ deaths }: Run, worker: string, most: number): boolean {
  const before = deaths.get(worker) ?? 0;
  if (before >= most) return false;
  deaths.set(worker, before + 1);
  return true;
}

async function killProcess(run: Run): Promise<boolean> {
  // Which worker a process belongs to cannot be told from outside, so the first bound is for all of them.
  const pid = pick(run, run.fleet.drones());
  if (pid === undefined || !mayDie(run, "processes", DEATHS_EACH)) return false;
  return signal(pid, "SIGKILL");
}

async function freezeProcess(run: Run): Promise<boolean> {
  const pid = pick(run, run.fleet.drones());
  if (pid === undefined || !signal(pid, "SIGSTOP")) return false;
  await pause(FREEZE_MS);
  signal(pid, "SIGCONT");
  return true;
}

function signal(pid: number, name: "SIGKILL" | "SIGSTOP" | "SIGCONT"): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
    return false;
  }
}

async function hitContainer(run: Run, worker: "pipe" | "web"): Promise<boolean> {
  const { docker } = run.fleet;
  if (docker === undefined) return false;
  const victim = pick(run, await runningOf(docker, worker));
  if (victim === undefined || !mayDie(run, worker, DEATHS_EACH)) return false;
  if (worker === "pipe") await killContainer(docker, victim);
  // It may end in this very moment by itself.
  else await cutOff(docker, victim).catch(() => undefined);
  return true;
}

async function killFlotilla(run: Run): Promise<boolean> {
  // A start takes seconds; most of the time is for calls.
  if (run.random() < 0.5) return false;
  run.kills += 1;
  await run.fleet.killFlotilla();
  return true;
}

async function isReady({ fleet }: Run): Promise<boolean> {
  const until = performance.now() + READY_MS;
  while (performance.now() < until) {
    const flotilla = fleet.flotilla();
    const statuses = (await flotilla?.fleet().catch(() => undefined))?.workers ?? [];
    const wanted = statuses.filter(({ name }) => fleet.workers.includes(name));
    const isWhole = wanted.every(
      ({ drones, scale }) =>
        drones.length === scale.minDrones && drones.every(({ phase }) => phase === "ready"),
    );
    if (wanted.length === fleet.workers.length && isWhole) return true;
    await pause(100);
  }
  return false;
}

function countRuns({ fleet, report, lifted }: Run): void {
  const runs = fleet.runs();
  for (const [id, times] of runs) {
    if (id.startsWith("lift-") && times > 1) report.broken.push(`${id} ran ${times} times`);
  }
  for (const id of lifted) {
    if (!runs.has(id)) report.broken.push(`${id} was answered and never ran`);
  }
}
