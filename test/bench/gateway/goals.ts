/** The goals of the data plane and what was measured of each. */
import type { HalfLoad } from "./half-load.ts";
import type { IdleSessions } from "./idle-sessions.ts";
import { middle, ratioOf, type Row, shown, table } from "./report.ts";
import { MAIN_SCENE, titleOf, TWO, TWO_CORES } from "./scenes.ts";

interface Measured {
  rows: readonly Row[];
  half: HalfLoad;
  idle: IdleSessions;
}

interface Goal {
  what: string;
  aim: string;
  measured: string;
  verdict: "met" | "floor met" | "not met";
}

const BARE = "node:http + undici, bare";
const FRAMES = "Flotilla, drones in frames";
const KIT = "Flotilla, drones of the kit";
const HTTP = "Flotilla, HTTP workers";
const MAIN = titleOf(MAIN_SCENE, 1);
const LARGE = titleOf({ ...MAIN_SCENE, size: "100 KB" }, 1);

/** Ratios differ by so much from run to run: within it a goal is neither met nor missed for sure. */
export const TOLERANCE = 0.15;
const AIM_OVER_RIVALS = 30;

export function goalsTable(findings: Measured): string {
  const goals = [
    ...ofNginx(findings.rows),
    notBelowBare(findings.rows),
    aboveRivals(findings.rows),
    ...addedLatency(findings.half),
    ...largeAnswers(findings.rows),
    idleMemory(findings.idle),
    twoProcesses(findings.rows),
  ];
  return table(
    ["goal", "aim", "measured", "verdict"],
    goals.map(({ what, aim, measured, verdict }) => [what, aim, measured, verdict]),
  );
}

const rowOf = (rows: readonly Row[], scene: string, system: string): Row | undefined =>
  rows.find((row) => row.scene === scene && row.system.startsWith(system));

interface Ratios {
  rate: number;
  /** The other's CPU time of a call to our own: what the rates would be if nothing but the system's core were short. */
  cpu: number;
  worse: number;
}

function ratios(own: Row["cells"], other: Row["cells"]): Ratios {
  const rate = ratioOf(own, other, "perSecond");
  const cpu = 1 / ratioOf(own, other, "cpuUs");
  return { rate, cpu, worse: Number.isNaN(cpu) ? rate : Math.min(rate, cpu) };
}

const told = ({ rate, cpu }: Ratios, digits = 2): string =>
  `${shown(rate, digits)} (by CPU ${shown(cpu, digits)})`;

const UNKNOWN: Ratios = { rate: Number.NaN, cpu: Number.NaN, worse: Number.NaN };

const verdictOf = (value: number, aim: number, floor = aim): Goal["verdict"] => {
  if (value >= aim) return "met";
  return floor < aim && value >= floor ? "floor met" : "not met";
};

function ofNginx(rows: readonly Row[]): Goal[] {
  const goal = (system: string, aim: number, floor: number): Goal => {
    const row = rowOf(rows, MAIN, system);
    const ratio = row === undefined ? UNKNOWN : ratios(row.cells, row.nginx);
    return {
      what: `${system}: calls/s of nginx, 1 KB, 64 connections`,
      aim: `${aim.toFixed(1)} (floor ${floor})`,
      measured: told(ratio),
      verdict: verdictOf(ratio.worse, aim, floor),
    };
  };
  return [goal(FRAMES, 1, 0.65), goal(KIT, 1, 0.65), goal(HTTP, 0.6, 0.4)];
}

function notBelowBare(rows: readonly Row[]): Goal {
  const pairs = rows
    .filter(({ kind, system }) => kind === "own" && !system.includes(TWO_CORES))
    .flatMap((row) => {
      const bare = rowOf(rows, row.scene, BARE);
      return bare === undefined ? [] : [{ row, ratio: ratios(row.cells, bare.cells) }];
    });
  const [worst] = pairs.toSorted((one, other) => one.ratio.worse - other.ratio.worse);
  const ratio = worst?.ratio ?? UNKNOWN;
  return {
    what: "never below the bare proxy, on any channel and load",
    aim: "1.0",
    measured: `least ${told(ratio)}: ${worst?.row.system ?? ""}; ${worst?.row.scene ?? ""}`,
    verdict: verdictOf(ratio.worse, 1),
  };
}

function aboveRivals(rows: readonly Row[]): Goal {
  const own = rowOf(rows, MAIN, FRAMES);
  const all = rows
    .filter(({ scene, kind }) => scene === MAIN && kind === "rival")
    .map(({ system, cells }) => ({ system, ratio: ratios(own?.cells ?? [], cells) }));
  // One that answered nothing, or nothing right, is no evidence of being slow.
  const known = all
    .filter(({ ratio }) => !Number.isNaN(ratio.worse))
    .toSorted((one, other) => one.ratio.worse - other.ratio.worse);
  const enough = known.filter(({ ratio }) => ratio.worse >= AIM_OVER_RIVALS).length;
  const ratio = known[0]?.ratio ?? UNKNOWN;
  return {
    what: `${FRAMES}: times every SDK-made gateway and every rival`,
    aim: String(AIM_OVER_RIVALS),
    measured: `${enough} of ${known.length} beyond (${all.length - known.length} more gave no figure); least ${told(ratio, 0)}: ${known[0]?.system ?? "none installed"}`,
    verdict: verdictOf(ratio.worse, AIM_OVER_RIVALS),
  };
}

function addedLatency({ added }: HalfLoad): Goal[] {
  return [FRAMES, HTTP].map((name) => {
    const own = added.find(({ system }) => system === name);
    const { p50Ms, p99Ms } = own ?? { p50Ms: Number.NaN, p99Ms: Number.NaN };
    return {
      what: `${name}: added latency at half load`,
      aim: "p50 ≤ 0.25 ms, p99 ≤ 1 ms",
      measured: `p50 ${shown(p50Ms)} ms, p99 ${shown(p99Ms)} ms`,
      verdict: p50Ms <= 0.25 && p99Ms <= 1 ? "met" : "not met",
    };
  });
}

function largeAnswers(rows: readonly Row[]): Goal[] {
  return [FRAMES, HTTP].map((name) => {
    const row = rowOf(rows, LARGE, name);
    const ratio = row === undefined ? UNKNOWN : ratios(row.cells, row.nginx);
    return {
      what: `${name}: calls/s of nginx, 100 KB, 64 connections`,
      aim: "0.5",
      measured: told(ratio),
      verdict: verdictOf(ratio.worse, 0.5),
    };
  });
}

function idleMemory({ sessions, beforeMb, afterMb }: IdleSessions): Goal {
  return {
    what: `${sessions.toLocaleString("en-US")} idle sessions, whole process`,
    aim: "≤ 150 MB",
    measured: `${shown(afterMb, 0)} MB (${shown(beforeMb, 0)} MB before)`,
    verdict: afterMb <= 150 && sessions >= 10_000 ? "met" : "not met",
  };
}

function twoProcesses(rows: readonly Row[]): Goal {
  const one = rowOf(rows, MAIN + TWO, FRAMES);
  const two = rowOf(rows, MAIN + TWO, `${FRAMES}, 2 processes`);
  const cost =
    one === undefined || two === undefined ? Number.NaN : ratioOf(two.cells, one.cells, "cpuUs");
  const spread = rows.find(
    ({ scene, system }) => scene === MAIN + TWO && system.includes(TWO_CORES),
  );
  const rate = spread === undefined ? Number.NaN : middle(spread.cells, "perSecond");
  return {
    what: "near-linear over two processes: CPU of a call, two processes to one",
    aim: `≤ ${(1 + TOLERANCE).toFixed(2)}`,
    measured: `${shown(cost)} (both cores, shared with load and workers: ${shown(rate, 0)} calls/s)`,
    verdict: cost <= 1 + TOLERANCE ? "met" : "not met",
  };
}
