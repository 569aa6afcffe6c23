/** Reads the reports of several runs together: what fails since when, what is flaky, what is slow, what fails alike. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { FindingReport } from "flotilla/worker/review";
import { clustersOf } from "./clusters.ts";
import type { FailureCluster } from "./clusters.ts";
import { shortFindings, slowFindings, stateFinding } from "./findings.ts";
import type { Judged, Run, Trace } from "./findings.ts";
import { judge } from "./history.ts";
import type { Mark, State } from "./history.ts";
import { readJunit } from "./junit.ts";
import type { TestCase } from "./junit.ts";

export interface ReportOptions {
  /** Whether a file or a folder is one run. */
  runs?: "file" | "folder" | undefined;
  revisions?: Record<string, string> | undefined;
  slowMs?: number | undefined;
  ignore?: string[] | undefined;
}

export interface RunSummary {
  run: string;
  startedAt?: string;
  tests: number;
  passed: number;
  failed: number;
  skipped: number;
  durationMs: number;
}
export interface TestHistory {
  test: string;
  state: State;
  /** One sign a run, in order: p(assed), f(ailed), s(kipped), m(ixed: failed and passed), - (not there). */
  outcomes: string;
  /** The run in which the present state began. */
  since?: string;
  durationMs: number;
  file?: string;
}
export interface ReportAnswer extends FindingReport {
  runs: RunSummary[];
  order: "timestamp" | "name";
  tests: number;
  states: Record<State, number>;
  /** All that do not simply pass, then the slowest. */
  histories: TestHistory[];
  slowest: { test: string; durationMs: number; share: number }[];
  clusters: FailureCluster[];
}

const DEFAULT_SLOW_MS = 1_000;
const MAX_HISTORIES = 300;
const MAX_SLOWEST = 20;
const MAX_RUNS = 500;

export function analyzeReports(
  files: readonly (readonly [path: string, text: string])[],
  { runs: unit, revisions = {}, slowMs = DEFAULT_SLOW_MS, ignore }: ReportOptions,
): ReportAnswer {
  const { runs, order } = ordered(runsOf(files, unit));
  const traces = tracesOf(runs);
  const names = runs.map(({ name }) => name);
  const codes = names.map((name) => (Object.hasOwn(revisions, name) ? revisions[name] : undefined));
  const judged = traces.map((trace) => ({
    trace,
    ...judge({ marks: trace.marks, revisions: codes }),
  }));
  const findings = [
    ...judged.flatMap((one) => stateFinding(one, names)),
    ...traces.flatMap((trace) => slowFindings(trace, slowMs)),
    ...runs.flatMap(shortFindings),
  ];
  const states = countStates(judged.map(({ state }) => state));
  return {
    runs: runs.map(summaryOfRun),
    order,
    tests: traces.length,
    states,
    histories: judged
      .filter(({ state }) => state !== "passing")
      .toSorted((a, b) => WORST.indexOf(a.state) - WORST.indexOf(b.state))
      .slice(0, MAX_HISTORIES)
      .map((one) => historyOf(one, names)),
    slowest: slowestOf(traces),
    clusters: clustersOf(
      runs.flatMap(({ cases }) =>
        cases.flatMap(({ id, failure }) => (failure ? [{ test: id, ...failure }] : [])),
      ),
    ),
    ...reportOf(findings, { ignore }),
  };
}

const WORST: readonly State[] = [
  "newly-failing",
  "failing",
  "always-failing",
  "flaky",
  "missing",
  "fixed",
  "skipped",
  "passing",
];

function countStates(states: readonly State[]): Record<State, number> {
  const counts = {
    "newly-failing": 0,
    failing: 0,
    "always-failing": 0,
    flaky: 0,
    missing: 0,
    fixed: 0,
    skipped: 0,
    passing: 0,
  };
  for (const state of states) counts[state] += 1;
  return counts;
}

/** Files of one folder are one run when there are several folders: tools write a file for each class. */
function runsOf(
  files: readonly (readonly [path: string, text: string])[],
  unit: "file" | "folder" | undefined,
): Run[] {
  const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
  const folders = new Set(files.map(([path]) => folderOf(path)));
  const byFolder = unit === "folder" || (unit === undefined && folders.size > 1);
  const groups = Map.groupBy(files, ([path]) => (byFolder ? folderOf(path) : path));
  if (groups.size > MAX_RUNS)
    throw new InputProblem(`There are ${groups.size} runs; at most ${MAX_RUNS}.`);
  return [...groups].map(([name, members]) => {
    const reports = members.map(([path, text]) => readJunit(path, text));
    const started = reports.flatMap(({ startedMs }) => startedMs ?? []);
    return {
      name: name === "" ? "." : name,
      cases: reports.flatMap(({ cases }) => cases),
      short: reports.flatMap(({ short }) => short),
      ...(started.length === 0 ? {} : { startedMs: Math.min(...started) }),
    };
  });
}

function ordered(runs: Run[]): { runs: Run[]; order: "timestamp" | "name" } {
  const times = new Set(runs.map(({ startedMs }) => startedMs));
  const timed = !times.has(undefined) && times.size === runs.length;
  const names = new Intl.Collator("en", { numeric: true });
  return {
    runs: runs.toSorted((a, b) =>
      timed ? (a.startedMs ?? 0) - (b.startedMs ?? 0) : names.compare(a.name, b.name),
    ),
    order: timed ? "timestamp" : "name",
  };
}

function tracesOf(runs: readonly Run[]): Trace[] {
  const traces = new Map<string, Trace>();
  for (const [at, { cases }] of runs.entries())
    for (const one of cases) {
      const trace: Trace = traces.get(one.id) ?? {
        id: one.id,
        marks: runs.map(() => "-"),
        durations: [],
      };
      traces.set(one.id, trace);
      trace.marks[at] = joined(trace.marks[at] ?? "-", one);
      trace.durations[at] = (trace.durations[at] ?? 0) + one.durationMs;
      trace.last = one;
    }
  return [...traces.values()];
}

/** The same test twice in a run: tried again, or run with several parameters. */
function joined(before: Mark, { outcome, retried }: TestCase): Mark {
  if (retried) return "m";
  const mark: Mark = outcome === "passed" ? "p" : outcome === "failed" ? "f" : "s";
  if (before === "-" || before === "s" || before === mark) return mark;
  return mark === "s" ? before : "m";
}

function summaryOfRun({ name, cases, startedMs }: Run): RunSummary {
  const count = (outcome: TestCase["outcome"]): number =>
    cases.filter((one) => one.outcome === outcome).length;
  return {
    run: name,
    ...(startedMs === undefined ? {} : { startedAt: new Date(startedMs).toISOString() }),
    tests: cases.length,
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("skipped"),
    durationMs: cases.reduce((sum, { durationMs }) => sum + durationMs, 0),
  };
}

function historyOf({ trace, state, since }: Judged, names: readonly string[]): TestHistory {
  const from = names[since ?? -1];
  const file = trace.last?.file;
  return {
    test: trace.id,
    state,
    outcomes: trace.marks.join(""),
    ...(from === undefined ? {} : { since: from }),
    durationMs: trace.durations.findLast((one) => one !== undefined) ?? 0,
    ...(file === undefined ? {} : { file }),
  };
}

/** Of the last run. */
function slowestOf(traces: readonly Trace[]): ReportAnswer["slowest"] {
  const timed = traces.map(({ id, marks, durations }) => ({
    test: id,
    durationMs: durations[marks.length - 1] ?? 0,
  }));
  const total = timed.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return timed
    .filter(({ durationMs }) => durationMs > 0)
    .toSorted((a, b) => b.durationMs - a.durationMs)
    .slice(0, MAX_SLOWEST)
    .map((one) => ({ ...one, share: Math.round((one.durationMs / total) * 1_000) / 1_000 }));
}
