/** Reviews the architecture of a code base from its module graph. */
import { levelsOf } from "flotilla/worker/draw";
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import type { CodeInput } from "../lib/inputs.ts";
import { buildGraph } from "./graph.ts";
import type { ModuleGraph } from "./graph.ts";
import { cyclesOf } from "./cycles.ts";
import type { Cycle } from "./cycles.ts";
import { foldersOf } from "./folders.ts";
import type { FolderMetrics } from "./folders.ts";
import { drawGraph } from "./picture.ts";
import { declaredRules, shapeRules } from "./review-rules.ts";

export interface ReviewInput extends CodeInput {
  /** From top to bottom; a layer may import itself and those below. */
  layers?: { name: string; paths: string[] }[];
  rules?: { name: string; from: string[]; to: string[]; because?: string }[];
  picture?: "auto" | "modules" | "folders" | "none";
  ignore?: string[];
}
export interface ReviewAnswer extends FindingReport {
  modules: number;
  imports: number;
  lines: number;
  externals: { name: string; modules: number }[];
  cycles: Cycle[];
  folders: FolderMetrics[];
  hubs: { module: string; importedBy: number; imports: number }[];
  /** How many levels the graph has, from leaves to entries. */
  levels: number;
  picture?: string;
}

const MAX_LISTED = 100;

export function reviewArchitecture(input: ReviewInput): ReviewAnswer {
  const graph = buildGraph(input);
  const names = [...graph.modules.keys()];
  const hard = (name: string): string[] =>
    [...(graph.modules.get(name)?.out.values() ?? [])]
      .filter(({ typeOnly }) => !typeOnly)
      .map(({ to }) => to);
  const cycles = cyclesOf(graph);
  const folders = foldersOf(graph);
  const broken = declaredRules(graph, input);
  const findings: Finding[] = [
    ...sourceProblems(graph),
    ...cycles.map(cycleFinding),
    ...broken.findings,
    ...shapeRules(graph, folders),
  ];
  const levels = levelsOf(names, hard);
  const picture = drawGraph(graph, { mode: input.picture ?? "auto", marked: broken.edges, cycles });
  return {
    modules: names.length,
    imports: [...graph.modules.values()].reduce((sum, { out }) => sum + out.size, 0),
    lines: [...graph.modules.values()].reduce((sum, { lines }) => sum + lines, 0),
    externals: externalsOf(graph),
    cycles: cycles.slice(0, MAX_LISTED),
    folders: folders.slice(0, MAX_LISTED),
    hubs: hubsOf(graph),
    levels: Math.max(-1, ...levels.values()) + 1,
    ...(picture === undefined ? {} : { picture }),
    ...reportOf(findings, { ignore: input.ignore }),
  };
}

function sourceProblems({ problems, missing }: ModuleGraph): Finding[] {
  return [
    ...problems.map(({ path, message, line, column }): Finding => ({
      rule: "syntax-error",
      severity: "error",
      message,
      object: path,
      location: { file: path, line, column },
    })),
    ...missing.map(({ from, specifier, line, column }): Finding => ({
      rule: "unresolved-import",
      severity: "warning",
      message: `${specifier} is not among the files.`,
      object: from,
      location: { file: from, line, column },
      evidence: specifier,
      fix: "Correct the path, or pass that file too.",
    })),
  ];
}

function cycleFinding({ modules, path, cut, typeOnly }: Cycle): Finding {
  const [first] = path;
  return {
    rule: typeOnly ? "type-cycle" : "cycle",
    severity: typeOnly ? "info" : "error",
    message: `${modules} modules import each other in a circle.`,
    ...(first === undefined ? {} : { object: first }),
    location: { file: cut.from, line: cut.line, column: cut.column },
    evidence: path.join(" → "),
    fix: `Cut ${cut.from} → ${cut.to} (${cut.names} names): move what is shared to a module of its own, or pass it in.`,
  };
}

function externalsOf({ modules }: ModuleGraph): ReviewAnswer["externals"] {
  const counts = new Map<string, number>();
  for (const { externals } of modules.values())
    for (const name of externals.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => ({ name, modules: count }))
    .toSorted((a, b) => b.modules - a.modules)
    .slice(0, MAX_LISTED);
}

function hubsOf({ modules }: ModuleGraph): ReviewAnswer["hubs"] {
  return [...modules.values()]
    .map(({ path, in: importers, out }) => ({
      module: path,
      importedBy: importers.size,
      imports: out.size,
    }))
    .toSorted((a, b) => b.importedBy + b.imports - a.importedBy - a.imports)
    .slice(0, 10)
    .filter(({ importedBy, imports }) => importedBy + imports > 2);
}
