/** Ruff's security rules as a scan: weaknesses by CWE, with tests and suppressions in their place. */
import { reportOf } from "flotilla/worker/review";
import type { FindingReport, Severity } from "flotilla/worker/review";
import { isTest } from "../lib/inputs.ts";
import { CWE_TITLES, WEAKNESSES } from "../data/weaknesses.ts";
import type { Level } from "../data/weaknesses.ts";
import { findingOf, lintFile } from "./lint.ts";
import type { Linted } from "./lint.ts";
import type { OpenRuff } from "./ruff.ts";
import { settingsOf } from "./settings.ts";

export interface SecurityInput {
  files: Record<string, string>;
  severity?: Level;
  tests?: "quiet" | "same" | "skip";
  targetVersion?: string;
  ignore?: string[];
}
export interface SecurityAnswer extends FindingReport {
  files: number;
  weaknesses: { cwe: string; title: string; count: number; rules: string[] }[];
  suppressed: number;
}

const SEVERITY: Record<Level, Severity> = { low: "info", medium: "warning", high: "error" };
const RANK: Record<Level, number> = { low: 0, medium: 1, high: 2 };
/** What tests do for good reasons. */
const USUAL_IN_TESTS = new Set([
  "S101",
  "S105",
  "S106",
  "S107",
  "S108",
  "S311",
  "S404",
  "S603",
  "S607",
]);

export async function securityScan(
  input: SecurityInput,
  openRuff: OpenRuff,
): Promise<SecurityAnswer> {
  const { options, modules } = settingsOf({ ...input, config: "none" });
  const ruff = await openRuff({
    ...options,
    // Import rules are still in ruff's preview; only those named here are wanted from it.
    preview: true,
    lint: { select: ["S"], "explicit-preview-rules": false },
  });
  const tests = input.tests ?? "quiet";
  const read = modules.filter(([file]) => tests !== "skip" || !isTest(file));
  try {
    const all = read
      .flatMap(([file, text]) => lintFile(ruff, { ignores: () => false }, { file, text }))
      .filter((one) => tests !== "quiet" || !USUAL_IN_TESTS.has(one.rule) || !isTest(one.file))
      .flatMap((one) => weighed(one, RANK[input.severity ?? "low"]));
    const ignored = new Set(input.ignore);
    return {
      files: read.length,
      weaknesses: weaknessesOf(all.filter(({ rule }) => !ignored.has(rule))),
      suppressed: read.reduce((sum, [, text]) => sum + suppressedIn(text), 0),
      ...reportOf(all, { ignore: input.ignore, place: findingOf }),
    };
  } finally {
    ruff.close();
  }
}

/** With its severity, weakness and what to do; nothing when it is less than asked for. */
function weighed(one: Linted, least: number): Linted[] {
  const weakness = WEAKNESSES.get(one.rule);
  if (weakness === undefined) return one.rule === "invalid-syntax" ? [one] : [];
  const level = levelOf(one, weakness.level);
  if (RANK[level] < least) return [];
  return [
    { ...one, severity: SEVERITY[level], fix: weakness.fix, reference: `CWE-${weakness.cwe}` },
  ];
}

/** Ruff says "seems safe" where the command is a literal. */
function levelOf({ message }: Linted, level: Level): Level {
  return message.includes("seems safe") ? "low" : level;
}

function weaknessesOf(all: readonly Linted[]): SecurityAnswer["weaknesses"] {
  const known = all.filter(({ rule }) => WEAKNESSES.has(rule));
  return [...Map.groupBy(known, ({ rule }) => WEAKNESSES.get(rule)?.cwe ?? 0)]
    .map(([cwe, found]) => ({
      cwe: `CWE-${cwe}`,
      title: CWE_TITLES[cwe] ?? "",
      count: found.length,
      rules: [...new Set(found.map(({ rule }) => rule))].toSorted(),
    }))
    .toSorted((a, b) => b.count - a.count || a.cwe.localeCompare(b.cwe));
}

/** Lines on which somebody told a scanner to be silent. */
function suppressedIn(text: string): number {
  return text.match(/#\s{0,4}(?:nosec\b|noqa:[^\n#]{0,200}\bS\d{3}|noqa\s*$)/gim)?.length ?? 0;
}
