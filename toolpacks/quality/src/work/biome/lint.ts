/** Lints files with Biome: findings with their own patch, and one patch per file of all fixes that are safe. */
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport, Severity } from "flotilla/worker/review";
import { patchOf } from "../../lib/patches.ts";
import { placesOf, rangeOf, unitsOf } from "../../lib/places.ts";
import type { Biome, BiomeConfiguration, BiomeDiagnostic, OpenFile } from "./engine.node.ts";
import { applyTextEdit } from "./text-edit.ts";

export interface LintOptions {
  /** Levels by `group/rule`, on top of the recommended ones. */
  rules?: Record<string, RuleLevel> | undefined;
  /** Rules for a framework or kind of code: react, next, vue, test, … */
  domains?: Record<string, "recommended" | "all" | "none"> | undefined;
  /** Default safe. */
  fix?: "none" | "safe" | "all" | undefined;
  ignore?: string[] | undefined;
}
export type RuleLevel = "off" | "info" | "warn" | "error";

export interface LintAnswer extends FindingReport {
  files: number;
  /** Not linted, and why. */
  skipped: { file: string; reason: string }[];
  /** One change per file with every fix of the wanted kind. */
  fixes: { file: string; fixed: number; patch: string }[];
}

/** Findings that get a patch of their own; the rest is covered by the patch of the file. */
const MAX_PATCHES = 100;

export function lintFiles(
  biome: Biome,
  files: readonly (readonly [path: string, text: string])[],
  options: LintOptions,
): LintAnswer {
  biome.configure(configurationOf(options));
  const answer: Pick<LintAnswer, "skipped" | "fixes"> = { skipped: [], fixes: [] };
  const findings: Finding[] = [];
  for (const [path, text] of files) {
    try {
      const room = MAX_PATCHES - findings.filter(({ patch }) => patch !== undefined).length;
      biome.withFile(path, text, (file) => {
        findings.push(...lintOpened(file, room));
        const fixed = fixOpened(file, options.fix ?? "safe");
        if (fixed !== undefined) answer.fixes.push(fixed);
      });
    } catch (error) {
      answer.skipped.push({
        file: path,
        reason: error instanceof Error ? error.message : "Not read.",
      });
    }
  }
  const report = reportOf(findings, { ignore: options.ignore });
  return { files: files.length - answer.skipped.length, ...answer, ...report };
}

function configurationOf({ rules = {}, domains }: LintOptions): BiomeConfiguration {
  const groups: Record<string, Record<string, string>> = {};
  for (const [id, level] of Object.entries(rules)) {
    const [group = "", rule = id] = id.split("/");
    (groups[group] ??= {})[rule] = level;
  }
  return {
    linter: { enabled: true, rules: { recommended: true, ...groups }, ...(domains && { domains }) },
    javascript: { parser: { unsafeParameterDecoratorsEnabled: true } },
    css: { parser: { cssModules: true, tailwindDirectives: true } },
    files: { maxSize: 4_000_000 },
  };
}

function lintOpened({ workspace, file, text }: OpenFile, room: number): Finding[] {
  const { diagnostics } = workspace.pullDiagnostics({
    ...file,
    categories: ["syntax", "lint"],
  });
  const places = placesOf(text);
  const units = unitsOf(text);
  let left = room;
  return diagnostics.map((one) => {
    const rule = ruleOf(one);
    const [start, end] = one.location.span ?? [0, 0];
    const finding: Finding = {
      rule,
      severity: severityOf(one),
      message: one.description,
      location: { file: file.path, ...rangeOf(places, units(start), units(end)) },
      evidence: text.slice(units(start), units(end)).split("\n", 1).join("").slice(0, 120),
    };
    if (!rule.includes("/")) return finding;
    finding.reference = `https://biomejs.dev/linter/rules/${dashed(rule)}/`;
    if (left <= 0) return finding;
    const change = changeFor({ workspace, file, text }, rule, [start, end]);
    if (change === undefined) return finding;
    left -= 1;
    return { ...finding, ...change };
  });
}

/** The first quick fix that Biome offers for this finding. */
function changeFor(
  { workspace, file, text }: OpenFile,
  rule: string,
  range: [number, number],
): Pick<Finding, "fix" | "patch"> | undefined {
  const { actions } = workspace.pullActions({
    ...file,
    range,
    only: [`lint/${rule}`],
    categories: ["lint"],
  });
  const quick = actions.find(
    ({ category, ruleName }) =>
      typeof category === "object" && "quickFix" in category && ruleName?.join("/") === rule,
  );
  if (quick?.suggestion === undefined) return undefined;
  const fix = quick.suggestion.msg.map(({ content }) => content).join("");
  const after = applyTextEdit(text, quick.suggestion.suggestion);
  const patch = after === undefined ? undefined : patchOf(file.path, text, after);
  const safe =
    quick.applicability === "always" ? "" : " (check it: it may change what the code does)";
  return { fix: `${fix}${safe}`, ...(patch === undefined ? {} : { patch }) };
}

function fixOpened(
  { workspace, file, text }: OpenFile,
  fix: "none" | "safe" | "all",
): LintAnswer["fixes"][number] | undefined {
  if (fix === "none") return undefined;
  const { code, actions } = workspace.fixFile({
    ...file,
    fixFileMode: fix === "safe" ? "safeFixes" : "safeAndUnsafeFixes",
    shouldFormat: false,
    ruleCategories: ["syntax", "lint"],
  });
  const patch = patchOf(file.path, text, code);
  return patch === undefined ? undefined : { file: file.path, fixed: actions.length, patch };
}

/** `suspicious/noDebugger`; what is no rule of the linter is a syntax error. */
function ruleOf({ category }: BiomeDiagnostic): string {
  if (category === undefined) return "syntax";
  return category.startsWith("lint/")
    ? category.slice(5)
    : category === "parse"
      ? "syntax"
      : category;
}

function severityOf({ severity }: BiomeDiagnostic): Severity {
  if (severity === "fatal" || severity === "error") return "error";
  return severity === "warning" ? "warning" : "info";
}

const dashed = (rule: string): string =>
  (rule.split("/")[1] ?? rule).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
