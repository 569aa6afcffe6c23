/** Ruff's findings as a report, and what its fixes make of the files. */
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { applied, patchOf, patchOfChange } from "./edits.ts";
import { isSafe, nameOf, referenceOf, severityOf } from "./rules.ts";
import type { Diagnostic, OpenRuff, Ruff } from "./ruff.ts";
import { settingsOf } from "./settings.ts";
import type { Settings, SettingsInput } from "./settings.ts";

export type FixMode = "safe" | "all" | "none";

export interface LintInput extends SettingsInput {
  select?: string[];
  extendSelect?: string[];
  ignore?: string[];
  /** Default safe. */
  fix?: FixMode;
}

export interface RuleCount {
  rule: string;
  name?: string;
  count: number;
  fixable: number;
}
export interface FilePatch {
  file: string;
  /** How many findings it puts right. */
  fixes: number;
  /** A unified diff; absent when the change is too large for one. */
  patch?: string;
}
export interface LintAnswer extends FindingReport {
  files: number;
  /** The file whose settings were obeyed. */
  config?: string;
  byRule: RuleCount[];
  fixable: { safe: number; unsafe: number };
  patches: FilePatch[];
}

/** A finding that still knows its edits; they become a patch only when the finding is told. */
export interface Linted extends Finding {
  diagnostic: Diagnostic;
  file: string;
  text: string;
  safe: boolean;
}

export async function lint(input: LintInput, openRuff: OpenRuff): Promise<LintAnswer> {
  const settings = settingsOf(input);
  const ruff = await openRuff(optionsOf(settings, input));
  try {
    const all = settings.modules.flatMap(([file, text]) =>
      lintFile(ruff, settings, { file, text }),
    );
    const mode = input.fix ?? "safe";
    return {
      files: settings.modules.length,
      ...(settings.source === undefined ? {} : { config: settings.source }),
      byRule: countsOf(all),
      fixable: {
        safe: all.filter(({ safe }) => safe).length,
        unsafe: all.filter(({ safe, diagnostic }) => !safe && diagnostic.fix !== null).length,
      },
      patches: mode === "none" ? [] : patchesOf(ruff, settings, { all, mode }),
      ...reportOf(all, { place: findingOf }),
    };
  } finally {
    ruff.close();
  }
}

function optionsOf({ options }: Settings, { select, extendSelect, ignore }: LintInput) {
  const lintOptions: Record<string, unknown> = { ...Object(options["lint"]) };
  if (select !== undefined) lintOptions["select"] = select;
  if (extendSelect !== undefined) lintOptions["extend-select"] = extendSelect;
  if (ignore !== undefined) {
    const known: unknown = lintOptions["ignore"];
    lintOptions["ignore"] = [...(Array.isArray(known) ? known : []), ...ignore];
  }
  return { ...options, lint: lintOptions };
}

/** Findings of one file that its settings do not leave out. */
export function lintFile(
  ruff: Ruff,
  { ignores }: Pick<Settings, "ignores">,
  { file, text }: { file: string; text: string },
): Linted[] {
  return ruff
    .check(file, text)
    .filter(({ code }) => !ignores(file, code ?? ""))
    .map((diagnostic) => {
      const rule = diagnostic.code ?? "invalid-syntax";
      return {
        rule,
        severity: severityOf(rule),
        message: diagnostic.message,
        location: {
          file,
          line: diagnostic.start_location.row,
          column: diagnostic.start_location.column,
          endLine: diagnostic.end_location.row,
          endColumn: diagnostic.end_location.column,
        },
        diagnostic,
        file,
        text,
        safe: isSafe(file, text, diagnostic),
      };
    });
}

/** What the report tells: the line as evidence, the fix in words and as a patch. */
export function findingOf({ diagnostic, file, text, safe, ...finding }: Linted): Finding {
  const reference = finding.reference ?? referenceOf(finding.rule);
  const told: Finding = {
    ...finding,
    evidence: lineAt(text, diagnostic.start_location.row),
    ...(reference === undefined ? {} : { reference }),
  };
  if (diagnostic.fix === null) return told;
  const patch = patchOfChange(file, text, diagnostic.fix);
  const words = diagnostic.fix.message ?? "Apply the patch";
  return {
    ...told,
    fix: finding.fix ?? `${words}${safe ? "" : " (may change what the code does)"}`,
    ...(patch === undefined ? {} : { patch }),
  };
}

const MAX_EVIDENCE = 160;

export function lineAt(text: string, row: number): string {
  return (text.split("\n", row)[row - 1] ?? "").trim().slice(0, MAX_EVIDENCE);
}

function countsOf(all: readonly Linted[]): RuleCount[] {
  return [...Map.groupBy(all, ({ rule }) => rule)]
    .map(([rule, found]) => {
      const name = nameOf(rule);
      return {
        rule,
        ...(name === undefined ? {} : { name }),
        count: found.length,
        fixable: found.filter(({ diagnostic }) => diagnostic.fix !== null).length,
      };
    })
    .toSorted((a, b) => b.count - a.count || a.rule.localeCompare(b.rule));
}

/** One fix can make room for another, or ask for a sort of the imports: so again, until nothing changes. */
const MAX_ROUNDS = 10;

export function patchesOf(
  ruff: Ruff,
  settings: Settings,
  { all, mode }: { all: readonly Linted[]; mode: FixMode },
): FilePatch[] {
  return [...Map.groupBy(all, ({ file }) => file)].flatMap(([file, found]) => {
    const before = found[0]?.text ?? "";
    let text = before;
    let fixes = 0;
    let current: readonly Linted[] = found;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const changes = current.flatMap(({ safe, diagnostic: { fix } }) =>
        fix !== null && (safe || mode === "all") ? [fix] : [],
      );
      const next = applied(text, changes);
      if (next.taken.length === 0 || next.text === text) break;
      text = next.text;
      fixes += next.taken.length;
      current = lintFile(ruff, settings, { file, text });
    }
    if (text === before) return [];
    const patch = patchOf(file, before, text);
    return [{ file, fixes, ...(patch === undefined ? {} : { patch }) }];
  });
}
