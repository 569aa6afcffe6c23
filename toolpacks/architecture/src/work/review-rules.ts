/** Rules over the graph: those the caller declares, and those of good shape. */
import picomatch from "picomatch";
import { InputProblem } from "flotilla/worker/review";
import type { Finding } from "flotilla/worker/review";
import type { FolderMetrics } from "./folders.ts";
import type { Edge, Module, ModuleGraph } from "./graph.ts";
import type { ReviewInput } from "./review.ts";

const TEST =
  /(^|\/)(tests?|__tests__|__mocks__|spec|fixtures)\/|\.(test|spec|stories|bench)\.[cm]?[jt]sx?$/;
const ENTRY =
  /(^|\/)(index|main|app|server|cli|mod|worker|setup|vite|vitest|jest|webpack|rollup|eslint|next|nuxt|tailwind|postcss|babel|[\w.-]+\.config)\.([cm]?[jt]sx?|vue|svelte)$|\.d\.[cm]?ts$|\.json$/;
const MANY_IMPORTS = 20;
const MANY_IMPORTERS = 10;
const STEP = 0.3;

type Match = (path: string) => boolean;

function matcher(globs: readonly string[], where: string): Match {
  try {
    return picomatch([...globs], { dot: true, maxLength: 300 });
  } catch (error) {
    throw new InputProblem(`${where}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function declaredRules(
  graph: ModuleGraph,
  input: ReviewInput,
): { findings: Finding[]; edges: Set<string> } {
  const findings: Finding[] = [];
  const edges = new Set<string>();
  const layers = (input.layers ?? []).map(({ name, paths }, index) => ({
    name,
    index,
    match: matcher(paths, `layers[${index}]`),
  }));
  const rules = (input.rules ?? []).map((rule, index) => ({
    ...rule,
    isFrom: matcher(rule.from, `rules[${index}].from`),
    isTo: matcher(rule.to, `rules[${index}].to`),
  }));
  const layerOf = (path: string) => layers.find(({ match }) => match(path));
  for (const edge of allEdges(graph)) {
    const [upper, lower] = layers.length === 0 ? [] : [layerOf(edge.from), layerOf(edge.to)];
    if (upper !== undefined && lower !== undefined && lower.index < upper.index) {
      edges.add(`${edge.from}\n${edge.to}`);
      findings.push({
        rule: "layer-break",
        severity: edge.typeOnly ? "warning" : "error",
        message: `The layer ${upper.name} imports from ${lower.name}, which is above it.`,
        ...at(edge),
        fix: `Move what is needed down, or let ${lower.name} pass it in.`,
      });
    }
    for (const { name, isFrom, isTo, because } of rules) {
      if (!isFrom(edge.from) || !isTo(edge.to)) continue;
      edges.add(`${edge.from}\n${edge.to}`);
      findings.push({
        rule: "forbidden-import",
        severity: "error",
        message: `${name}: ${edge.from} must not import ${edge.to}${because === undefined ? "" : `, because ${because}`}.`,
        ...at(edge),
        fix: "Go through what is allowed, or change the rule.",
      });
    }
  }
  return { findings, edges };
}

function* allEdges({ modules }: ModuleGraph): Generator<Edge> {
  for (const { out } of modules.values()) yield* out.values();
}

function at({
  from,
  to,
  line,
  column,
  names,
}: Edge): Pick<Finding, "object" | "location" | "evidence"> {
  return {
    object: from,
    location: { file: from, line, column },
    evidence: `${from} → ${to} (${names} names)`,
  };
}

export function shapeRules(graph: ModuleGraph, folders: readonly FolderMetrics[]): Finding[] {
  const modules = [...graph.modules.values()];
  const fromFiles = Object.keys(graph.files).length > 0;
  return [
    ...modules.flatMap((one) => moduleRules(one, modules.length)),
    ...(fromFiles ? modules.flatMap(orphan) : []),
    ...[...allEdges(graph)].flatMap(testImport),
    ...unstable(graph, folders),
    ...bypassed(graph),
  ];
}

function moduleRules({ path, in: importers, out }: Module, total: number): Finding[] {
  const location = { file: path, line: 1, column: 1 };
  const many = Math.max(MANY_IMPORTERS, total * 0.2);
  if (importers.size > many && out.size >= MANY_IMPORTERS) {
    return [
      {
        rule: "hub",
        severity: "warning",
        message: `${importers.size} modules import it and it imports ${out.size}: almost any change passes through it.`,
        object: path,
        location,
        evidence: `in ${importers.size}, out ${out.size}`,
        fix: "Part it by who uses what.",
      },
    ];
  }
  if (out.size <= MANY_IMPORTS || TEST.test(path)) return [];
  return [
    {
      rule: "many-imports",
      severity: "info",
      message: `It imports ${out.size} modules.`,
      object: path,
      location,
      evidence: `out ${out.size}`,
      fix: "Part it, unless its work is putting things together.",
    },
  ];
}

function orphan({ path, in: importers, out }: Module): Finding[] {
  if (importers.size > 0 || out.size > 0 || TEST.test(path) || ENTRY.test(path)) return [];
  return [
    {
      rule: "orphan",
      severity: "info",
      message: "Nothing imports it, and it imports nothing of the code base.",
      object: path,
      location: { file: path, line: 1, column: 1 },
      fix: "Remove it, if no tool loads it by name.",
    },
  ];
}

function testImport(edge: Edge): Finding[] {
  if (TEST.test(edge.from) || !TEST.test(edge.to)) return [];
  return [
    {
      rule: "test-in-production",
      severity: "warning",
      message: `${edge.from} imports a test or fixture.`,
      ...at(edge),
      fix: "Move what is shared out of the tests.",
    },
  ];
}

/** The Stable Dependencies Principle: lean on what is firmer than yourself. */
function unstable(graph: ModuleGraph, folders: readonly FolderMetrics[]): Finding[] {
  const byName = new Map(folders.map((one) => [one.folder, one]));
  const pairs = new Map<string, Edge[]>();
  for (const edge of allEdges(graph)) {
    const [from, to] = [graph.modules.get(edge.from)?.folder, graph.modules.get(edge.to)?.folder];
    if (
      from === undefined ||
      to === undefined ||
      from === to ||
      TEST.test(edge.from) ||
      edge.typeOnly
    )
      continue;
    const key = `${from}\n${to}`;
    pairs.set(key, [...(pairs.get(key) ?? []), edge]);
  }
  return [...pairs].flatMap(([key, edges]): Finding[] => {
    const [from = "", to = ""] = key.split("\n");
    const [a, b] = [byName.get(from), byName.get(to)];
    const [edge] = edges;
    if (a === undefined || b === undefined || edge === undefined) return [];
    const isOwn = to.startsWith(`${from}/`) || from.startsWith(`${to}/`);
    if (isOwn || b.instability - a.instability < STEP || a.afferent < 3) return [];
    return [
      {
        ...at(edge),
        rule: "unstable-dependency",
        severity: "warning",
        message: `${from} (instability ${a.instability}) leans on ${to} (${b.instability}), which changes more easily, by ${edges.length} imports.`,
        object: from,
        fix: `Move what ${from} needs from ${to} down, or turn the dependency round by an interface.`,
      },
    ];
  });
}

/** A folder with an index has a door; imports past it tie outsiders to its insides. */
function bypassed({ modules }: ModuleGraph): Finding[] {
  const doors = new Set(
    [...modules.values()]
      .filter(({ path }) => /(^|\/)index\.[cm]?[jt]sx?$/.test(path))
      .map(({ folder }) => folder),
  );
  const past = new Map<string, { edge: Edge; count: number }>();
  for (const { path, folder, out } of modules.values()) {
    for (const edge of out.values()) {
      const to = modules.get(edge.to);
      if (
        to === undefined ||
        to.folder === "." ||
        !doors.has(to.folder) ||
        /(^|\/)index\./.test(to.path)
      )
        continue;
      if (
        folder === to.folder ||
        folder.startsWith(`${to.folder}/`) ||
        to.folder.startsWith(`${folder}/`) ||
        TEST.test(path)
      )
        continue;
      const known = past.get(to.folder);
      past.set(to.folder, { edge: known?.edge ?? edge, count: (known?.count ?? 0) + 1 });
    }
  }
  return [...past].map(([folder, { edge, count }]) => ({
    ...at(edge),
    rule: "index-bypassed",
    severity: "info" as const,
    message: `${count} imports go past the index of ${folder}.`,
    object: folder,
    fix: "Import from the index, or drop it.",
  }));
}
