/** Reviews a change: lint and secrets in new lines only, complexity before and after, what is missing, and the risk. */
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import type { Biome } from "../biome/engine.node.ts";
import { isForBiome } from "../biome/languages.ts";
import { lintFiles } from "../biome/lint.ts";
import { historyOf } from "../complexity/history.ts";
import { secretsOf } from "../secrets/scan.ts";
import type { Syntax } from "../syntax/engine.node.ts";
import { checkChange, untested } from "./change-checks.ts";
import { changesOf } from "./changes.ts";
import type { ChangedFile } from "./changes.ts";
import { kindOf } from "./kinds.ts";
import type { FileKind } from "./kinds.ts";
import { checkLines } from "./line-checks.ts";
import { levelOf, riskOf } from "./risk.ts";
import { touchedFunctions } from "./touched.ts";
import type { TouchedFunction } from "./touched.ts";

export interface ReviewOptions {
  diff: string;
  /** New texts by path. */
  texts: ReadonlyMap<string, string>;
  history?: string | undefined;
  ignore?: string[] | undefined;
  nowMs: number;
}
export interface ReviewEngines {
  biome(): Promise<Biome>;
  syntax(): Promise<Syntax>;
}

export interface ReviewedFile {
  file: string;
  status: ChangedFile["status"];
  kind: FileKind;
  added: number;
  removed: number;
  functions: TouchedFunction[];
  /** 0 to 100. */
  risk: number;
  level: "high" | "medium" | "low";
}
export interface ReviewAnswer extends FindingReport {
  /** The riskiest first. */
  files: ReviewedFile[];
  added: number;
  removed: number;
  /** Only their new lines were seen: no lint, no complexity. */
  partial: string[];
}

export async function reviewChange(
  engines: ReviewEngines,
  options: ReviewOptions,
): Promise<ReviewAnswer> {
  const changes = changesOf(options.diff, options.texts);
  const findings = checkChange(changes);
  const functions = new Map<string, TouchedFunction[]>();
  for (const change of changes) {
    findings.push(...checkLines(change), ...(await secretsIn(change, options.nowMs)));
    if (!isReviewed(change)) continue;
    findings.push(...(await lintIn(engines, change)));
    const touched = await touchedFunctions(engines, change);
    functions.set(change.path, touched.functions);
    findings.push(...touched.findings);
  }
  const report = reportOf(findings, { ignore: options.ignore });
  const files = rate(changes, { functions, report, history: options.history });
  const sum = (of: (one: ReviewedFile) => number): number =>
    files.reduce((total, one) => total + of(one), 0);
  return {
    files,
    added: sum((one) => one.added),
    removed: sum((one) => one.removed),
    partial: changes.flatMap((one) =>
      isWritten(one) && one.after === undefined && isForBiome(one.path) ? [one.path] : [],
    ),
    ...report,
  };
}

/** By people, and still there. */
function isWritten({ path, status }: ChangedFile): boolean {
  return status !== "deleted" && !["lock", "generated"].includes(kindOf(path));
}

function isReviewed(change: ChangedFile): boolean {
  return isWritten(change) && change.after !== undefined && change.added.length > 0;
}

/** The new lines alone: what was there before is no news. */
async function secretsIn({ path, added }: ChangedFile, nowMs: number): Promise<Finding[]> {
  if (added.length === 0 || kindOf(path) === "lock") return [];
  const text = added.map((one) => one.text).join("\n");
  const found = await secretsOf(path, text, { nowMs });
  const lineOf = (index: number): number => added[index - 1]?.line ?? index;
  return found.map((one) => {
    if (one.location === undefined) return one;
    const { line, endLine = line, ...rest } = one.location;
    return { ...one, location: { ...rest, line: lineOf(line), endLine: lineOf(endLine) } };
  });
}

async function lintIn(
  engines: ReviewEngines,
  { path, after = "", added }: ChangedFile,
): Promise<Finding[]> {
  if (!isForBiome(path)) return [];
  const fresh = new Set(added.map(({ line }) => line));
  const { findings } = lintFiles(await engines.biome(), [[path, after]], { fix: "none" });
  return findings.filter(({ location }) => location !== undefined && fresh.has(location.line));
}

interface Rating {
  functions: ReadonlyMap<string, TouchedFunction[]>;
  report: FindingReport;
  history: string | undefined;
}

function rate(
  changes: readonly ChangedFile[],
  { functions, report, history }: Rating,
): ReviewedFile[] {
  const past = historyOf(history ?? "");
  const lacking = untested(changes);
  const rated = changes.map((change): ReviewedFile => {
    const { path, status, added, removed } = change;
    const touched = functions.get(path) ?? [];
    const counted = report.findings.filter(
      (one) => one.location?.file === path && one.severity !== "info",
    );
    const kind = kindOf(path);
    const isQuiet = kind === "lock" || kind === "generated" || kind === "docs";
    const risk = isQuiet
      ? 0
      : riskOf({
          changedLines: added.length + removed.length,
          cognitive: touched.reduce((total, one) => total + one.cognitive, 0),
          commits: past.get(path)?.commits ?? 0,
          untested: lacking.has(path),
          findings: counted.length,
        });
    return {
      file: path,
      status,
      kind,
      added: added.length,
      removed: removed.length,
      functions: touched,
      risk,
      level: levelOf(risk),
    };
  });
  return rated.toSorted((a, b) => b.risk - a.risk || a.file.localeCompare(b.file));
}
