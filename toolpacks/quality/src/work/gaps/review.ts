/** What to test first: code that no test runs, weighed by how complex it is and whether it has just changed. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { measureFile } from "../complexity/review.ts";
import { historyOf } from "../complexity/history.ts";
import { changesOf } from "../review/changes.ts";
import { kindOf } from "../review/kinds.ts";
import type { Syntax } from "../syntax/engine.node.ts";
import { coverageFor, readCoverage } from "./coverage.ts";
import type { CoverageFormat, CoveredFile } from "./coverage.ts";

export interface GapOptions {
  coverage: string;
  diff?: string | undefined;
  history?: string | undefined;
  /** CRAP score above which a function is a finding. */
  maxCrap?: number | undefined;
  ignore?: string[] | undefined;
}
export interface FileGap {
  file: string;
  lines: number;
  covered: number;
  percent: number;
  branches: number;
  branchesTaken: number;
}
export interface FunctionGap {
  file: string;
  name: string;
  line: number;
  endLine: number;
  cyclomatic: number;
  /** 0 to 100, of its lines with code. */
  percent: number;
  /** Change Risk Anti-Patterns: complexity² × (1 − coverage)³ + complexity. */
  crap: number;
  uncovered: string;
  branchesMissed: number;
  changedUncovered: number;
}
export interface GapAnswer extends FindingReport {
  format: CoverageFormat;
  lines: number;
  covered: number;
  percent: number;
  files: FileGap[];
  /** In the order in which tests are worth most. */
  functions: FunctionGap[];
  /** Of the diff's new lines with code. */
  changed?: { lines: number; covered: number; percent: number };
  /** Source files that were passed, and that the report does not know. */
  unknown: string[];
}

const DEFAULT_CRAP = 30;
const MAX_FUNCTIONS = 200;
const MAX_FILES = 500;

interface Found {
  functions: { gap: FunctionGap; weight: number }[];
  unknown: string[];
}

export async function reviewGaps(
  syntax: Syntax,
  files: readonly (readonly [path: string, text: string])[],
  options: GapOptions,
): Promise<GapAnswer> {
  const { format, files: covered } = readCoverage("coverage", options.coverage);
  if (covered.length === 0) throw new InputProblem("The coverage report names no file.");
  const changed = changedLines(options.diff, files);
  const commits = commitsOf(options.history, files);
  const found: Found = { functions: [], unknown: [] };
  for (const [path, text] of files) {
    if (kindOf(path) !== "source") continue;
    const one = coverageFor(covered, path);
    const measured = await measureFile(syntax, path, text);
    if (one === undefined) found.unknown.push(path);
    for (const metrics of measured?.functions ?? []) {
      const gap = gapOf(path, metrics, { covered: one, changed: changed.get(path) });
      // Half of the weight again for each doubling of the commits.
      const often = 1 + Math.log2(1 + (commits.get(path) ?? 0)) / 2;
      const weight = (gap.crap - gap.cyclomatic + gap.changedUncovered * 5) * often;
      if (gap.percent < 100 || gap.branchesMissed > 0) found.functions.push({ gap, weight });
    }
  }
  const functions = found.functions
    .toSorted((a, b) => b.weight - a.weight || b.gap.crap - a.gap.crap)
    .map(({ gap }) => gap);
  const summaries = covered.map(fileGap);
  const sum = (key: "lines" | "covered"): number =>
    summaries.reduce((all, one) => all + one[key], 0);
  const totals = { lines: sum("lines"), covered: sum("covered") };
  const findings = [
    ...functions.flatMap((one) => functionFinding(one, options.maxCrap ?? DEFAULT_CRAP)),
    ...changedFindings(changed, covered),
    ...found.unknown.map(unknownFinding),
  ];
  return {
    format,
    ...totals,
    percent: percentOf(totals.covered, totals.lines),
    files: summaries.toSorted((a, b) => a.percent - b.percent).slice(0, MAX_FILES),
    functions: functions.slice(0, MAX_FUNCTIONS),
    ...(options.diff === undefined ? {} : { changed: changedTotals(changed, covered) }),
    unknown: found.unknown,
    ...reportOf(findings, { ignore: options.ignore }),
  };
}

type Changed = Map<string, Set<number>>;

function changedLines(
  diff: string | undefined,
  files: readonly (readonly [path: string, text: string])[],
): Changed {
  if (diff === undefined) return new Map();
  return new Map(
    changesOf(diff, new Map(files)).map(({ path, added }) => [
      path,
      new Set(added.map(({ line }) => line)),
    ]),
  );
}

function commitsOf(
  history: string | undefined,
  files: readonly (readonly [path: string, text: string])[],
): Map<string, number> {
  if (history === undefined) return new Map();
  const known = historyOf(history);
  return new Map(files.map(([path]) => [path, known.get(path)?.commits ?? 0]));
}

function fileGap({ file, lines, branches }: CoveredFile): FileGap {
  const covered = [...lines.values()].filter((hits) => hits > 0).length;
  return {
    file,
    lines: lines.size,
    covered,
    percent: percentOf(covered, lines.size),
    branches: branches.length,
    branchesTaken: branches.filter(({ hit }) => hit).length,
  };
}

function percentOf(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.floor((part / whole) * 1_000) / 10;
}

interface Measured {
  name: string;
  line: number;
  endLine: number;
  cyclomatic: number;
}

function gapOf(
  file: string,
  { name, line, endLine, cyclomatic }: Measured,
  { covered, changed }: { covered: CoveredFile | undefined; changed: Set<number> | undefined },
): FunctionGap {
  const inside = [...(covered?.lines ?? [])].filter(([at]) => at >= line && at <= endLine);
  const missed = inside.filter(([, hits]) => hits === 0).map(([at]) => at);
  // What the report does not know was never loaded.
  const share =
    covered === undefined ? 0 : inside.length === 0 ? 1 : 1 - missed.length / inside.length;
  const crap = cyclomatic ** 2 * (1 - share) ** 3 + cyclomatic;
  return {
    file,
    name,
    line,
    endLine,
    cyclomatic,
    percent: Math.floor(share * 1_000) / 10,
    crap: Math.round(crap * 10) / 10,
    uncovered: covered === undefined ? `${line}-${endLine}` : rangesOf(missed),
    branchesMissed: (covered?.branches ?? []).filter(
      (one) => !one.hit && one.line >= line && one.line <= endLine,
    ).length,
    changedUncovered: missed.filter((at) => changed?.has(at) === true).length,
  };
}

/** `3-5, 9`. */
function rangesOf(lines: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const line of lines.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && line <= last[1] + 1) last[1] = line;
    else ranges.push([line, line]);
  }
  const shown = ranges
    .slice(0, 30)
    .map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  return [...shown, ...(ranges.length > 30 ? ["…"] : [])].join(", ");
}

function functionFinding(one: FunctionGap, maxCrap: number): Finding[] {
  if (one.crap <= maxCrap) return [];
  return [
    {
      rule: "risky-untested",
      severity: one.percent === 0 ? "error" : "warning",
      message: `Its tests run ${one.percent} % of it, and it has ${one.cyclomatic} ways through.`,
      location: { file: one.file, line: one.line, column: 1, endLine: one.endLine },
      object: one.name,
      evidence: `CRAP ${one.crap}; not run: ${one.uncovered}`,
      fix: "Test these lines first, or split the function.",
    },
  ];
}

function changedFindings(changed: Changed, covered: readonly CoveredFile[]): Finding[] {
  return [...changed].flatMap(([file, lines]) => {
    const one = coverageFor(covered, file);
    const missed = [...lines].filter((line) => one?.lines.get(line) === 0);
    const [first] = missed.toSorted((a, b) => a - b);
    if (first === undefined) return [];
    return [
      {
        rule: "changed-untested",
        severity: "warning" as const,
        message: `${missed.length} new ${missed.length === 1 ? "line is" : "lines are"} run by no test.`,
        location: { file, line: first, column: 1 },
        evidence: rangesOf(missed),
        fix: "Write a test that reaches them.",
      },
    ];
  });
}

function changedTotals(
  changed: Changed,
  covered: readonly CoveredFile[],
): { lines: number; covered: number; percent: number } {
  let [lines, hit] = [0, 0];
  for (const [file, numbers] of changed) {
    const one = coverageFor(covered, file);
    for (const line of numbers) {
      const hits = one?.lines.get(line);
      if (hits === undefined) continue;
      lines += 1;
      if (hits > 0) hit += 1;
    }
  }
  return { lines, covered: hit, percent: percentOf(hit, lines) };
}

function unknownFinding(file: string): Finding {
  return {
    rule: "not-in-report",
    severity: "warning",
    message: "The coverage report does not know this file: no test loads it.",
    location: { file, line: 1, column: 1 },
    fix: "Write a first test, and let the coverage tool count all files.",
  };
}
