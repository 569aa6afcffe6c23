/** The graph of what modules import. */
import { isPython, isTest } from "../lib/inputs.ts";
import { importsOf } from "./imports.ts";
import { moduleIndex } from "./module-index.ts";
import { isStandard } from "./stdlib.ts";
import { parsePython } from "./syntax.ts";

export interface Edge {
  from: string;
  to: string;
  line: number;
  column: number;
  /** How many names or statements it stands for. */
  weight: number;
  /** For type checkers only, or inside of functions only: nothing happens when the module loads. */
  soft: boolean;
}
export interface GraphModule {
  file: string;
  name: string;
  lines: number;
  test: boolean;
  /** Runs by itself: a script, or a package's `__main__`. */
  script: boolean;
  out: Map<string, Edge>;
  in: Set<string>;
}
export interface Missing {
  file: string;
  module: string;
  line: number;
  column: number;
}
export interface ImportGraph {
  modules: Map<string, GraphModule>;
  /** Top names of packages that are not among the files, with the modules that use them. */
  externals: Map<string, Set<string>>;
  standard: Set<string>;
  missing: Missing[];
}

const SCRIPT = /^if\s{1,4}__name__\s{0,4}==\s{0,4}["']__main__["']/m;

export function buildGraph(files: Record<string, string>): ImportGraph {
  const read = Object.entries(files).filter(([file]) => isPython(file));
  const index = moduleIndex(read.map(([file]) => file));
  const graph: ImportGraph = {
    modules: new Map(),
    externals: new Map(),
    standard: new Set(),
    missing: [],
  };
  for (const [file, text] of read) {
    graph.modules.set(file, {
      file,
      name: index.nameOf(file),
      lines: text.split("\n").length,
      test: isTest(file),
      script: SCRIPT.test(text) || file.endsWith("__main__.py"),
      out: new Map(),
      in: new Set(),
    });
  }
  for (const [file, text] of read) {
    for (const one of importsOf(parsePython(file, text))) {
      const targets = index.resolve(file, one).filter((to) => to !== file);
      const soft = one.typeOnly || one.lazy;
      for (const to of targets) addEdge(graph, { from: file, to, ...at(one), weight: 1, soft });
      if (index.resolve(file, one).length === 0) addOutside(graph, file, { ...one, index });
    }
  }
  return graph;
}

const at = ({ line, column }: { line: number; column: number }) => ({ line, column });

function addEdge({ modules }: ImportGraph, edge: Edge): void {
  const from = modules.get(edge.from);
  const known = from?.out.get(edge.to);
  modules.get(edge.to)?.in.add(edge.from);
  if (known === undefined) from?.out.set(edge.to, edge);
  else {
    known.weight += 1;
    // The import that happens at load time is the one to show.
    if (known.soft && !edge.soft) Object.assign(known, { ...at(edge), soft: false });
  }
}

function addOutside(
  graph: ImportGraph,
  file: string,
  one: {
    module: string;
    level: number;
    line: number;
    column: number;
    optional: boolean;
    index: { isOwn(module: string): boolean };
  },
): void {
  const [top = ""] = one.module.split(".");
  if (one.level > 0 || (one.index.isOwn(one.module) && !isStandard(top))) {
    // A package without __init__.py is a folder; importing it alone runs nothing.
    const nothing = one.level > 0 && one.module === "";
    const whole = one.level === 0 && !one.module.includes(".");
    if (!nothing && !whole && !one.optional) {
      graph.missing.push({ file, module: `${".".repeat(one.level)}${one.module}`, ...at(one) });
    }
    return;
  }
  if (isStandard(top)) graph.standard.add(top);
  else graph.externals.set(top, (graph.externals.get(top) ?? new Set()).add(file));
}
