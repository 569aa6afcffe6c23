/** Pyright's diagnostics as a report. */
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport, Severity } from "flotilla/worker/review";
import type { PyrightDiagnostic, TypeChecker } from "../engines/type-checker.ts";
import { isPython } from "../lib/inputs.ts";

export interface TypeCheckInput {
  files: Record<string, string>;
  /** Default standard. */
  mode?: "basic" | "standard" | "strict";
  pythonVersion?: string;
  platform?: "Linux" | "Darwin" | "Windows" | "All";
  /** Severity by pyright's rule. */
  rules?: Record<string, "error" | "warning" | "information" | "none">;
  ignore?: string[];
}
export interface TypeCheckAnswer extends FindingReport {
  files: number;
  byRule: { rule: string; count: number }[];
  /** Modules that are not among the files: what comes from them is not checked. */
  unresolved: string[];
}

const SEVERITIES: readonly Severity[] = ["info", "error", "warning", "info", "info"];
const MAX_DEPTH = 30;

export async function typeCheck(
  input: TypeCheckInput,
  checker: TypeChecker,
  signal: AbortSignal,
): Promise<TypeCheckAnswer> {
  const files = Object.fromEntries(Object.entries(input.files).filter(([name]) => isPython(name)));
  if (Object.keys(files).length === 0) {
    throw new InputProblem("There is no Python file.", { hint: "Pass *.py files." });
  }
  for (const name of Object.keys(files)) refuseBadName(name);
  const found = await checker.check({ files, config: configOf(input) }, signal);
  const all = Object.entries(found).flatMap(([file, diagnostics]) =>
    // Hints grey out code in editors; they say nothing that is wrong.
    diagnostics
      .filter(({ severity }) => severity !== 4)
      .map((one) => findingOf(file, files[file] ?? "", one)),
  );
  return {
    files: Object.keys(files).length,
    byRule: [...Map.groupBy(all, ({ rule }) => rule)]
      .map(([rule, same]) => ({ rule, count: same.length }))
      .toSorted((a, b) => b.count - a.count || a.rule.localeCompare(b.rule)),
    unresolved: unresolvedOf(all),
    ...reportOf(all, { ignore: input.ignore }),
  };
}

/** They become files below a folder of the call. */
function refuseBadName(name: string): void {
  const parts = name.split("/");
  const bad = parts.some(
    (part) => part === "" || part === "." || part === ".." || part.length > 200,
  );
  if (!bad && parts.length <= MAX_DEPTH && !/[\0\\:]/.test(name)) return;
  throw new InputProblem(`"${name.slice(0, 200)}" is no relative path.`, {
    hint: "Name files as they lie in the project: package/module.py.",
  });
}

function configOf({ mode = "standard", pythonVersion, platform, rules }: TypeCheckInput) {
  return {
    include: ["."],
    typeCheckingMode: mode,
    useLibraryCodeForTypes: false,
    // Packages are not installed here: that their stubs have no source, and that they are missing, is no fault.
    reportMissingModuleSource: "none",
    reportMissingImports: "information",
    ...(pythonVersion === undefined ? {} : { pythonVersion }),
    ...(platform === undefined ? {} : { pythonPlatform: platform }),
    ...rules,
  };
}

function findingOf(file: string, text: string, one: PyrightDiagnostic): Finding {
  const { start, end } = one.range;
  const rule = typeof one.code === "string" ? one.code : "syntax";
  return {
    rule,
    severity: SEVERITIES[one.severity ?? 1] ?? "error",
    message: one.message.replaceAll("\u00a0", " "),
    location: {
      file,
      line: start.line + 1,
      column: start.character + 1,
      endLine: end.line + 1,
      endColumn: end.character + 1,
    },
    evidence: (text.split("\n", start.line + 1)[start.line] ?? "").trim().slice(0, 160),
    ...(rule.startsWith("report")
      ? {
          reference: `https://github.com/microsoft/pyright/blob/main/docs/configuration.md#${rule}`,
        }
      : {}),
  };
}

function unresolvedOf(all: readonly Finding[]): string[] {
  const names = all.flatMap(({ rule, message }) => {
    const [, name] = /^Import "([^"]+)" could not be resolved/.exec(message) ?? [];
    return rule === "reportMissingImports" && name !== undefined ? [name] : [];
  });
  return [...new Set(names)].toSorted();
}
