/** Reviews the import graph of a code base: circles, layers, rules, what nobody uses; and draws it. */
import picomatch from "picomatch";
import { MAX_LAYER_NODES, drawLayers, levelsOf } from "flotilla/worker/draw";
import type { LayerNode, LayerTie } from "flotilla/worker/draw";
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { cyclesOf } from "./cycles.ts";
import type { Cycle } from "./cycles.ts";
import { buildGraph } from "./graph.ts";
import type { Edge, GraphModule, ImportGraph } from "./graph.ts";

export interface ImportInput {
  files: Record<string, string>;
  /** From top to bottom; a layer may import itself and those below. */
  layers?: { name: string; paths: string[] }[];
  rules?: { name: string; from: string[]; to: string[]; because?: string }[];
  /** Globs of modules that are used from outside. */
  entries?: string[];
  picture?: boolean;
  ignore?: string[];
}
export interface ModuleFacts {
  file: string;
  module: string;
  lines: number;
  importedBy: number;
  imports: number;
  level: number;
}
export interface ImportAnswer extends FindingReport {
  files: number;
  imports: number;
  levels: number;
  modules: ModuleFacts[];
  cycles: Cycle[];
  externals: { name: string; modules: number }[];
  standard: string[];
  unused: string[];
  picture?: string;
}

const MAX_LISTED = 300;
/** Folders instead of modules are drawn beyond this. */
const MAX_DRAWN = 200;

export function reviewImports(input: ImportInput): ImportAnswer {
  const graph = buildGraph(input.files);
  const all = [...graph.modules.values()];
  if (all.length === 0)
    throw new InputProblem("There is no Python file.", { hint: "Pass *.py files." });
  const cycles = cyclesOf(graph);
  const broken = brokenRules(graph, input);
  const unused = unusedOf(graph, input.entries ?? []);
  const findings: Finding[] = [
    ...cycles.map(cycleFinding),
    ...broken.map(({ finding }) => finding),
    ...graph.missing.map(missingFinding),
    ...unused.map(unusedFinding),
    ...testFindings(graph),
  ];
  const levels = levelsOf([...graph.modules.keys()], (file) => hardTargets(graph, file));
  return {
    files: all.length,
    imports: all.reduce((sum, { out }) => sum + out.size, 0),
    levels: Math.max(...levels.values()) + 1,
    modules: all
      .map((one) => factsOf(one, levels))
      .toSorted((a, b) => b.importedBy - a.importedBy)
      .slice(0, MAX_LISTED),
    cycles: cycles.slice(0, 100),
    externals: [...graph.externals]
      .map(([name, users]) => ({ name, modules: users.size }))
      .toSorted((a, b) => b.modules - a.modules || a.name.localeCompare(b.name)),
    standard: [...graph.standard].toSorted(),
    unused: unused.map(({ file }) => file),
    ...(input.picture === false ? {} : { picture: pictureOf(graph, cycles, broken) }),
    ...reportOf(findings, { ignore: input.ignore }),
  };
}

function hardTargets({ modules }: ImportGraph, file: string): string[] {
  return [...(modules.get(file)?.out.values() ?? [])]
    .filter(({ soft }) => !soft)
    .map(({ to }) => to);
}

function factsOf(one: GraphModule, levels: ReadonlyMap<string, number>): ModuleFacts {
  return {
    file: one.file,
    module: one.name,
    lines: one.lines,
    importedBy: one.in.size,
    imports: one.out.size,
    level: levels.get(one.file) ?? 0,
  };
}

function cycleFinding({ modules, path, cut, soft }: Cycle): Finding {
  return {
    rule: soft ? "lazy-import-cycle" : "import-cycle",
    severity: soft ? "info" : "warning",
    message: `${modules} modules import each other in a circle${soft ? ", held open by imports inside of functions or for types" : ""}.`,
    location: { file: cut.from, line: cut.line, column: cut.column },
    object: cut.from,
    evidence: path.join(" → "),
    fix: `Cut the import of ${cut.to} in ${cut.from}: move what both need into a module below them.`,
  };
}

function missingFinding({ file, module, line, column }: ImportGraph["missing"][number]): Finding {
  return {
    rule: "unresolved-import",
    severity: "error",
    message: `There is no module ${module} among the files.`,
    location: { file, line, column },
    object: module,
    fix: "Correct the name, or pass the file as well.",
  };
}

function unusedFinding({ file, name }: GraphModule): Finding {
  return {
    rule: "unused-module",
    severity: "info",
    message: `Nothing here imports ${name}.`,
    location: { file, line: 1, column: 1 },
    object: name,
    fix: "Remove it, or name it in entries when it is used from outside.",
  };
}

/** Modules that start something, or that a tool loads by name. */
const ENTRY =
  /(?:^|\/)(?:__main__|__init__|setup|conftest|manage|wsgi|asgi|noxfile|fabfile|tasks|settings)\.py$|\.pyi$|(?:^|\/)(?:migrations|bin|scripts|docs?)\//;

function unusedOf({ modules }: ImportGraph, entries: readonly string[]): GraphModule[] {
  const named = matcher(entries);
  return [...modules.values()].filter(
    (one) =>
      one.in.size === 0 && !one.script && !one.test && !ENTRY.test(one.file) && !named(one.file),
  );
}

function testFindings({ modules }: ImportGraph): Finding[] {
  return [...modules.values()]
    .filter(({ test }) => !test)
    .flatMap(({ out }) => [...out.values()].filter(({ to }) => modules.get(to)?.test === true))
    .map((edge) => ({
      rule: "imports-test",
      severity: "warning",
      message: `Code imports the test ${edge.to}.`,
      location: { file: edge.from, line: edge.line, column: edge.column },
      object: edge.from,
      fix: "Move what both need out of the test.",
    }));
}

function matcher(globs: readonly string[]): (file: string) => boolean {
  const all = globs.map((glob) => picomatch(glob, { dot: true }));
  return (file) => all.some((matches) => matches(file));
}

interface Broken {
  edge: Edge;
  finding: Finding;
}

function brokenRules({ modules }: ImportGraph, { layers = [], rules = [] }: ImportInput): Broken[] {
  const edges = [...modules.values()].flatMap(({ out }) => [...out.values()]);
  const ranks = layers.map(({ name, paths }, rank) => ({ name, rank, matches: matcher(paths) }));
  const layerOf = (file: string) => ranks.find(({ matches }) => matches(file));
  const upward = edges.flatMap((edge): Broken[] => {
    const [from, to] = [layerOf(edge.from), layerOf(edge.to)];
    if (from === undefined || to === undefined || to.rank >= from.rank) return [];
    const message = `The layer ${from.name} imports from ${to.name}, which is above it.`;
    return [
      broken(edge, {
        rule: "layer-break",
        message,
        fix: `Hand it down from ${to.name}, or move it below.`,
      }),
    ];
  });
  const forbidden = rules.flatMap(({ name, from, to, because }) => {
    const [isFrom, isTo] = [matcher(from), matcher(to)];
    const message = `${name}: must not import ${to.join(", ")}${because === undefined ? "." : `, because ${because}`}`;
    return edges
      .filter((edge) => isFrom(edge.from) && isTo(edge.to))
      .map((edge) =>
        broken(edge, { rule: "rule-break", message, fix: `Remove the import of ${edge.to}.` }),
      );
  });
  return [...upward, ...forbidden];
}

function broken(
  edge: Edge,
  { rule, message, fix }: { rule: string; message: string; fix: string },
): Broken {
  const location = { file: edge.from, line: edge.line, column: edge.column };
  const evidence = `${edge.from} → ${edge.to}`;
  return { edge, finding: { rule, severity: "error", message, location, evidence, fix } };
}

function pictureOf(
  graph: ImportGraph,
  cycles: readonly Cycle[],
  brokenTies: readonly Broken[],
): string {
  const circular = new Set(
    cycles
      .filter(({ soft }) => !soft)
      .flatMap(({ path }) => path.slice(0, -1).map((from, at) => `${from}\n${path[at + 1] ?? ""}`)),
  );
  const against = new Set(brokenTies.map(({ edge }) => `${edge.from}\n${edge.to}`));
  const all = [...graph.modules.values()];
  const group = all.length > MAX_DRAWN ? folderNames(all) : undefined;
  const keyOf = (file: string): string => group?.get(file) ?? file;
  const nodes = new Map<string, LayerNode>();
  for (const one of all) {
    const key = keyOf(one.file);
    if (!nodes.has(key)) nodes.set(key, nodeOf(one, group === undefined ? undefined : key));
  }
  const ties = new Map<string, LayerTie>();
  for (const edge of all.flatMap(({ out }) => [...out.values()])) {
    const [from, to] = [keyOf(edge.from), keyOf(edge.to)];
    if (from === to) continue;
    const pair = `${edge.from}\n${edge.to}`;
    const known = ties.get(`${from}\n${to}`);
    const mark = circular.has(pair) ? "bad" : against.has(pair) ? "warn" : known?.mark;
    ties.set(`${from}\n${to}`, {
      from,
      to,
      weight: (known?.weight ?? 0) + 1,
      ...(mark === undefined ? {} : { mark }),
    });
  }
  return drawLayers([...nodes.values()].slice(0, MAX_LAYER_NODES), [...ties.values()], {
    title:
      group === undefined
        ? `${all.length} modules`
        : `${nodes.size} packages of ${all.length} modules`,
    subtitle: "Each imports from those below it. Numbers: imported by → imports.",
    bad: "in a circle",
    warn: "breaks a rule",
  });
}

function nodeOf(one: GraphModule, folder: string | undefined): LayerNode {
  const parts = one.name.split(".");
  if (folder !== undefined) {
    return {
      name: folder,
      label: folder.split("/").slice(-2).join("."),
      group: folder.split("/")[0] ?? "",
    };
  }
  const init = /__init__\.pyi?$/.test(one.file);
  return {
    name: one.file,
    label: `${parts.at(-1) ?? one.name}${init ? "/" : ""}`,
    note: `${parts.slice(0, -1).slice(-2).join(".")} ${one.in.size}→${one.out.size}`.trim(),
    group: parts.slice(0, -1).join("."),
  };
}

/** Folders, cut to the depth at which they fit. */
function folderNames(all: readonly GraphModule[]): Map<string, string> {
  const cut = (file: string, depth: number): string =>
    file.split("/").slice(0, -1).slice(0, depth).join("/") || "(top)";
  let depth = 8;
  while (depth > 1 && new Set(all.map(({ file }) => cut(file, depth))).size > MAX_DRAWN / 2)
    depth -= 1;
  return new Map(all.map(({ file }) => [file, cut(file, depth)]));
}
