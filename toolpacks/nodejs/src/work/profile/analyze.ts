/** Where the time of a CPU profile went: by function, by package, along the hottest way. */
import { drawFlame } from "flotilla/worker/draw";
import type { Frame } from "flotilla/worker/draw";
import { reportOf } from "flotilla/worker/review";
import type { FindingReport } from "flotilla/worker/review";
import { fileOf, keyOf, originOf } from "./origin.ts";
import { readProfile } from "./read.ts";
import type { Call, Profile } from "./read.ts";
import { profileFindings } from "./rules.ts";

export interface ProfileInput {
  top?: number;
  picture?: "flame" | "none";
  ignore?: string[];
}

export interface Hot {
  name: string;
  file: string;
  line: number;
  column: number;
  package: string;
  selfMs: number;
  selfPercent: number;
  totalMs: number;
  totalPercent: number;
  /** Lines that samples found most often; as many as the profile tells. */
  lines: { line: number; ticks: number }[];
  callers: { name: string; file: string; line: number; totalMs: number }[];
  deopt?: string;
}

export interface ProfileAnswer extends FindingReport {
  durationMs: number;
  samples: number;
  sampleEveryUs: number;
  /** Time in which JavaScript or what it called ran. */
  busyMs: number;
  idleMs: number;
  programMs: number;
  gcMs: number;
  functions: Hot[];
  packages: {
    name: string;
    selfMs: number;
    selfPercent: number;
    totalMs: number;
    functions: number;
  }[];
  hotPath: { name: string; file: string; line: number; totalMs: number; totalPercent: number }[];
  picture?: string;
}

const TOP = 30;
const MAX_PATH = 60;
const MAX_FLAME_DEPTH = 60;

export function analyzeProfile(
  { top = TOP, picture = "flame", ignore = [] }: ProfileInput,
  { text, file }: { text: string; file: string },
): ProfileAnswer {
  const profile = readProfile(text, file);
  const engine = (name: string): number =>
    ms(
      profile.calls.reduce(
        (sum, call) => sum + (call.url === "" && call.name === name ? call.selfUs : 0),
        0,
      ),
    );
  const [idleMs, programMs, gcMs] = [
    engine("(idle)"),
    engine("(program)"),
    engine("(garbage collector)"),
  ];
  const durationMs = ms(profile.durationUs);
  const functions = functionsOf(profile);
  const packages = packagesOf(profile);
  const facts = {
    durationMs,
    busyMs: ms1(durationMs - idleMs - programMs),
    idleMs,
    programMs,
    gcMs,
  };
  const findings = profileFindings(profile, { ...facts, functions, packages });
  return {
    ...facts,
    samples: profile.samples,
    sampleEveryUs: profile.samples === 0 ? 0 : Math.round(profile.durationUs / profile.samples),
    functions: functions.slice(0, top),
    packages: packages.slice(0, 100),
    hotPath: hotPath(profile),
    ...reportOf(findings, { ignore }),
    ...(picture === "none" ? {} : { picture: flame(profile, file) }),
  };
}

export const ms = (us: number): number => ms1(us / 1_000);
const ms1 = (value: number): number => Math.round(value * 100) / 100;
export const percent = (part: number, whole: number): number =>
  whole > 0 ? Math.round((part / whole) * 10_000) / 100 : 0;

/** Totals by group; a group inside itself (recursion) is counted once. */
function totalsBy(profile: Profile, groupOf: (call: Call) => string): Map<string, number> {
  const totals = new Map<string, number>();
  const active = new Map<string, number>();
  const open: { call: Call; left: boolean }[] = [{ call: profile.root, left: false }];
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const { call, left } = step;
    const group = groupOf(call);
    const depth = active.get(group) ?? 0;
    if (left) {
      active.set(group, depth - 1);
      continue;
    }
    if (depth === 0) totals.set(group, (totals.get(group) ?? 0) + call.totalUs);
    active.set(group, depth + 1);
    open.push({ call, left: true });
    for (const child of call.children) open.push({ call: child, left: false });
  }
  return totals;
}

const isEngine = (call: Call): boolean => originOf(call) === "v8";

function functionsOf(profile: Profile): Hot[] {
  const groups = Map.groupBy(
    profile.calls.filter((call) => !isEngine(call)),
    keyOf,
  );
  const totals = totalsBy(profile, keyOf);
  const all = [...groups].flatMap(([key, calls]): Hot[] => {
    const [first] = calls;
    if (first === undefined) return [];
    const selfUs = calls.reduce((sum, call) => sum + call.selfUs, 0);
    const totalUs = totals.get(key) ?? 0;
    const deopt = calls.find((call) => call.deopt !== undefined)?.deopt;
    return [
      {
        name: first.name,
        file: fileOf(first.url),
        line: first.line,
        column: first.column,
        package: originOf(first),
        selfMs: ms(selfUs),
        selfPercent: percent(selfUs, profile.durationUs),
        totalMs: ms(totalUs),
        totalPercent: percent(totalUs, profile.durationUs),
        lines: linesOf(calls),
        callers: callersOf(calls),
        ...(deopt === undefined ? {} : { deopt }),
      },
    ];
  });
  return all.toSorted((a, b) => b.selfMs - a.selfMs || b.totalMs - a.totalMs);
}

function linesOf(calls: readonly Call[]): Hot["lines"] {
  const ticks = new Map<number, number>();
  for (const call of calls)
    for (const one of call.ticks) ticks.set(one.line, (ticks.get(one.line) ?? 0) + one.ticks);
  return [...ticks]
    .map(([line, count]) => ({ line, ticks: count }))
    .toSorted((a, b) => b.ticks - a.ticks)
    .slice(0, 5);
}

function callersOf(calls: readonly Call[]): Hot["callers"] {
  const parents = Map.groupBy(
    calls.filter(({ parent }) => parent !== undefined && parent.name !== "(root)"),
    ({ parent }) => (parent === undefined ? "" : keyOf(parent)),
  );
  return [...parents.values()]
    .flatMap((those) => {
      const parent = those[0]?.parent;
      const totalUs = those.reduce((sum, call) => sum + call.totalUs, 0);
      return parent === undefined
        ? []
        : [
            {
              name: parent.name,
              file: fileOf(parent.url),
              line: parent.line,
              totalMs: ms(totalUs),
            },
          ];
    })
    .toSorted((a, b) => b.totalMs - a.totalMs)
    .slice(0, 3);
}

function packagesOf(profile: Profile): ProfileAnswer["packages"] {
  const totals = totalsBy(profile, originOf);
  return [...Map.groupBy(profile.calls, originOf)]
    .map(([name, calls]) => {
      const selfUs = calls.reduce((sum, call) => sum + call.selfUs, 0);
      return {
        name,
        selfMs: ms(selfUs),
        selfPercent: percent(selfUs, profile.durationUs),
        totalMs: ms(totals.get(name) ?? 0),
        functions: new Set(calls.map(keyOf)).size,
      };
    })
    .toSorted((a, b) => b.selfMs - a.selfMs);
}

function hotPath(profile: Profile): ProfileAnswer["hotPath"] {
  const path: ProfileAnswer["hotPath"] = [];
  let call: Call | undefined = profile.root;
  while (call !== undefined && path.length < MAX_PATH) {
    call = call.children
      .filter((child) => !isEngine(child) && child.totalUs > 0)
      .toSorted((a, b) => b.totalUs - a.totalUs)[0];
    if (call === undefined) break;
    const { name, url, line, totalUs } = call;
    path.push({
      name,
      file: fileOf(url),
      line,
      totalMs: ms(totalUs),
      totalPercent: percent(totalUs, profile.durationUs),
    });
  }
  return path;
}

/** The tree without waiting, cut where the chart ends anyway. */
function flame(profile: Profile, file: string): string {
  const busy = (call: Call): boolean => call.name !== "(idle)" && call.name !== "(program)";
  const frameOf = (call: Call, depth: number): Frame => ({
    label: call.name,
    title: `${call.name} ${fileOf(call.url)}${call.line === 0 ? "" : `:${call.line}`}`,
    total: call.totalUs,
    group: originOf(call),
    children:
      depth >= MAX_FLAME_DEPTH
        ? []
        : call.children
            .filter((child) => busy(child) && child.totalUs * 1_200 >= profile.durationUs)
            .map((child) => frameOf(child, depth + 1)),
  });
  const whole = frameOf(profile.root, 0);
  const total = whole.children.reduce((sum, child) => sum + child.total, 0);
  return drawFlame(
    { ...whole, label: "all", title: "all", total },
    {
      title: `CPU profile ${file}`,
      subtitle: `${ms(profile.durationUs)} ms, ${profile.samples} samples; wider is more time, below is called by above, one colour a package.`,
      format: (us) => `${ms(us)} ms`,
    },
  );
}
