/** What knip found, as findings with the change that puts each right. */
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport, Severity } from "flotilla/worker/review";
import { patchOf } from "../../lib/patches.ts";
import { placesOf } from "../../lib/places.ts";
import type { KnipIssue, KnipResult } from "./knip-child.node.ts";

export interface DeadAnswer extends FindingReport {
  /** Files that were read. */
  processed: number;
  /** Tools whose configuration was taken into account. */
  plugins: string[];
  unusedFiles: string[];
  unusedDependencies: string[];
  /** Configuration that is a program: it was not run, so that what it names may look unused. */
  notRun: string[];
}

interface Kind {
  rule: string;
  severity: Severity;
  message: (name: string) => string;
  fix: string;
}

const unusedPackage = (rule: string, where: string): Kind => ({
  rule,
  severity: "warning",
  message: (name) => `${name} is listed in ${where}, and nothing uses it.`,
  fix: "Remove it from package.json.",
});
const unusedExport = (rule: string, what: string): Kind => ({
  rule,
  severity: "warning",
  message: (name) => `The ${what} ${name} is not used in any other file.`,
  fix: "Take away export, or remove it when this file does not use it either.",
});
const KINDS: Readonly<Record<string, Kind>> = {
  files: {
    rule: "unused-file",
    severity: "warning",
    message: (name) => `Nothing imports ${name}, and it is no entry.`,
    fix: "Remove it, or name it as an entry.",
  },
  dependencies: unusedPackage("unused-dependency", "dependencies"),
  devDependencies: unusedPackage("unused-dev-dependency", "devDependencies"),
  optionalPeerDependencies: unusedPackage("unused-peer-dependency", "optional peerDependencies"),
  unlisted: {
    rule: "unlisted-dependency",
    severity: "error",
    message: (name) => `${name} is imported, and package.json does not list it.`,
    fix: "Add it to package.json.",
  },
  binaries: {
    rule: "unlisted-binary",
    severity: "info",
    message: (name) => `The command ${name} is used, and no listed package is known to have it.`,
    fix: "Add the package that has it, or check that the machine has it.",
  },
  unresolved: {
    rule: "unresolved-import",
    severity: "error",
    message: (name) => `${name} leads to no file.`,
    fix: "Correct the path, or pass the file too.",
  },
  exports: unusedExport("unused-export", "export"),
  nsExports: unusedExport("unused-export", "export"),
  types: unusedExport("unused-type", "type"),
  nsTypes: unusedExport("unused-type", "type"),
  enumMembers: unusedExport("unused-enum-member", "enum member"),
  namespaceMembers: unusedExport("unused-namespace-member", "namespace member"),
  duplicates: {
    rule: "duplicate-export",
    severity: "warning",
    message: (name) => `The same thing is exported as ${name}.`,
    fix: "Keep one of the names.",
  },
};

const CONFIG = /(?:^|\/)(?:[\w.-]+\.config|\.[\w-]+rc|knip|\.knip)\.[cm]?[jt]s$/;

export function reportDead(
  { issues, processed, plugins, root }: KnipResult & { root: string },
  files: readonly (readonly [path: string, text: string])[],
  { ignore, nowhere }: { ignore?: string[] | undefined; nowhere: string },
): DeadAnswer {
  const texts = new Map(files);
  const findings = issues
    .filter(({ symbol }) => !symbol.startsWith(nowhere))
    .flatMap((issue) => findingOf(issue, root, texts));
  const named = (prefix: RegExp): string[] =>
    findings.flatMap(({ rule, object }) =>
      prefix.test(rule) && object !== undefined ? [object] : [],
    );
  return {
    processed,
    plugins,
    unusedFiles: named(/^unused-file$/),
    unusedDependencies: named(/^unused-(?:dev-|peer-)?dependency$/),
    notRun: files.flatMap(([path]) => (CONFIG.test(path) ? [path] : [])),
    ...reportOf(findings, { ignore }),
  };
}

function findingOf(issue: KnipIssue, root: string, texts: ReadonlyMap<string, string>): Finding[] {
  const kind = KINDS[issue.type];
  if (kind === undefined) return [];
  const file = issue.filePath.slice(root.length + 1);
  const name =
    issue.symbols?.map(({ symbol }) => symbol).join(", ") ??
    (issue.type === "files" ? file : issue.symbol);
  const text = texts.get(file);
  const patch = patchFor(issue, file, text);
  return [
    {
      rule: kind.rule,
      severity: kind.severity,
      message: kind.message(name),
      location: { file, ...placeOf(issue, text) },
      object: name,
      fix: kind.fix,
      ...(patch === undefined ? {} : { patch }),
    },
  ];
}

function placeOf(
  { line, col, type, symbol }: KnipIssue,
  text = "",
): { line: number; column: number } {
  if (line !== undefined) return { line, column: col ?? 1 };
  const key = type.toLowerCase().endsWith("dependencies") ? text.indexOf(`"${symbol}"`) : -1;
  return key === -1 ? { line: 1, column: 1 } : placesOf(text)(key);
}

function patchFor(
  issue: KnipIssue,
  file: string,
  text: string | undefined,
): Finding["patch"] | undefined {
  if (text === undefined) return undefined;
  const { type, symbol, fixes = [] } = issue;
  if (type === "dependencies" || type === "devDependencies")
    return [
      { op: "remove", path: `/${type}/${symbol.replaceAll("~", "~0").replaceAll("/", "~1")}` },
    ];
  const [fix] = fixes;
  // Only the word itself: parts of lists and defaults need a person.
  if (fix === undefined || fixes.length !== 1 || !/^export\s+$/.test(text.slice(fix[0], fix[1])))
    return undefined;
  return patchOf(file, text, text.slice(0, fix[0]) + text.slice(fix[1]));
}
