/** The module graph as a picture: its modules, or its folders where modules would be too many. */
import { MAX_LAYER_NODES, drawLayers } from "flotilla/worker/draw";
import type { LayerNode, LayerTie } from "flotilla/worker/draw";
import type { Cycle } from "./cycles.ts";
import type { ModuleGraph } from "./graph.ts";

interface Drawing {
  nodes: LayerNode[];
  ties: LayerTie[];
}
interface Options {
  mode: "auto" | "modules" | "folders" | "none";
  marked: ReadonlySet<string>;
  cycles: readonly Cycle[];
}

/** More boxes than this tell less than their folders. */
const MAX_AUTO = 80;
export function drawGraph(graph: ModuleGraph, options: Options): string | undefined {
  const count = graph.modules.size;
  if (options.mode === "none" || count === 0) return undefined;
  const byModule =
    options.mode === "modules"
      ? count <= MAX_LAYER_NODES
      : options.mode === "auto" && count <= MAX_AUTO;
  const drawing = byModule ? modulesOf(graph, options) : foldersDrawn(graph, options);
  return drawLayers(drawing.nodes, drawing.ties, {
    title: byModule ? `${count} modules` : `${drawing.nodes.length} folders of ${count} modules`,
    subtitle: "Each imports from those below it. Numbers: imported by → imports.",
    bad: "in a circle",
    warn: "breaks a rule",
  });
}

function inCycles(cycles: readonly Cycle[]): Set<string> {
  const ties = new Set<string>();
  for (const { path, typeOnly } of cycles) {
    if (!typeOnly)
      for (const [index, from] of path.slice(0, -1).entries())
        ties.add(`${from}\n${path[index + 1] ?? ""}`);
  }
  return ties;
}

function modulesOf({ modules }: ModuleGraph, { marked, cycles }: Options): Drawing {
  const circular = inCycles(cycles);
  return {
    nodes: [...modules.values()].map(({ path, folder, in: importers, out }) => ({
      name: path,
      label: (path.split("/").at(-1) ?? path).replace(/\.[cm]?[jt]sx?$/, ""),
      note: `${folder === "." ? "" : `${folder.split("/").slice(-2).join("/")} `}${importers.size}→${out.size}`,
      group: folder,
    })),
    ties: [...modules.values()].flatMap(({ out }) =>
      [...out.values()].map(({ from, to }) => ({
        from,
        to,
        weight: 1,
        mark: markOf(`${from}\n${to}`, marked, circular),
      })),
    ),
  };
}

function markOf(
  key: string,
  marked: ReadonlySet<string>,
  circular: ReadonlySet<string>,
): LayerTie["mark"] {
  return marked.has(key) ? "warn" : circular.has(key) ? "bad" : undefined;
}

/** Folders, cut to the depth at which they fit. */
function foldersDrawn({ modules }: ModuleGraph, { marked, cycles }: Options): Drawing {
  const circular = inCycles(cycles);
  let depth = 8;
  const cut = (folder: string): string => folder.split("/").slice(0, depth).join("/");
  const count = (): number => new Set([...modules.values()].map(({ folder }) => cut(folder))).size;
  while (depth > 1 && count() > MAX_AUTO) depth -= 1;
  const sizes = new Map<string, number>();
  const ties = new Map<string, LayerTie>();
  for (const { folder, out } of modules.values()) {
    sizes.set(cut(folder), (sizes.get(cut(folder)) ?? 0) + 1);
    for (const edge of out.values()) {
      const [from, to] = [cut(folder), cut(modules.get(edge.to)?.folder ?? "")];
      if (from === to) continue;
      const known = ties.get(`${from}\n${to}`);
      const mark = markOf(`${edge.from}\n${edge.to}`, marked, circular) ?? known?.mark;
      ties.set(`${from}\n${to}`, { from, to, weight: (known?.weight ?? 0) + 1, mark });
    }
  }
  return {
    nodes: [...sizes].slice(0, MAX_LAYER_NODES).map(([name, size]) => ({
      name,
      label: name === "." ? "(top)" : name.split("/").slice(-2).join("/"),
      note: `${size} modules`,
      group: name.split("/")[0] ?? "",
    })),
    ties: [...ties.values()],
  };
}
