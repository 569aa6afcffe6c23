/** The module graph: who imports whom, where, and how strongly. */
import { posix } from "node:path";
import { InputProblem } from "flotilla/worker/review";
import { MAX_FILES } from "../lib/inputs.ts";
import type { CodeInput } from "../lib/inputs.ts";
import { createResolver } from "./resolve.ts";
import { CODE, readSource } from "./source.ts";
import type { CommonFact, SourceFacts } from "./source.ts";

export interface Edge {
  from: string;
  to: string;
  line: number;
  column: number;
  typeOnly: boolean;
  dynamic: boolean;
  names: number;
}
export interface Module {
  path: string;
  folder: string;
  lines: number;
  exports: number;
  esm: boolean;
  common: CommonFact[];
  externals: Map<string, { line: number; names: number }>;
  out: Map<string, Edge>;
  in: Set<string>;
}
export interface ModuleGraph {
  modules: Map<string, Module>;
  missing: { from: string; specifier: string; line: number; column: number }[];
  problems: { path: string; message: string; line: number; column: number }[];
  files: Readonly<Record<string, string>>;
}

const MAX_TOTAL_CHARS = 24_000_000;

export function buildGraph(input: CodeInput): ModuleGraph {
  const { files, modules } = input;
  if ((files === undefined) === (modules === undefined))
    throw new InputProblem("Pass either files or modules.");
  return files === undefined ? fromModules(modules ?? {}) : fromFiles(files);
}

const clean = (path: string): string =>
  posix.normalize(path.replaceAll("\\", "/")).replace(/^(\.{0,2}\/)+/, "");

function empty(path: string, facts: Partial<SourceFacts> = {}): Module {
  const { lines = 1, exports = 0, esm = true, common = [] } = facts;
  return {
    path,
    folder: posix.dirname(path),
    lines,
    exports,
    esm,
    common,
    externals: new Map(),
    out: new Map(),
    in: new Set(),
  };
}

function fromFiles(given: Readonly<Record<string, string>>): ModuleGraph {
  const total = Object.values(given).reduce((sum, text) => sum + text.length, 0);
  if (total > MAX_TOTAL_CHARS)
    throw new InputProblem(
      `files: have ${total} characters; ${MAX_TOTAL_CHARS} are allowed. Pass a part of the code base.`,
    );
  const files = Object.fromEntries(
    Object.entries(given).map(([path, text]) => [clean(path), text]),
  );
  const code = Object.keys(files).filter((path) => CODE.test(path));
  if (code.length === 0)
    throw new InputProblem(
      "files: there is no JavaScript or TypeScript among them; for other languages pass modules.",
    );
  const graph: ModuleGraph = { modules: new Map(), missing: [], problems: [], files };
  const resolve = createResolver(files);
  const facts = new Map<string, SourceFacts>();
  for (const path of code) {
    const one = readSource(path, files[path] ?? "");
    facts.set(path, one);
    graph.modules.set(path, empty(path, one));
    if (one.problem !== undefined) graph.problems.push({ path, ...one.problem });
  }
  for (const [path, { imports }] of facts) {
    const module = graph.modules.get(path);
    if (module === undefined) continue;
    for (const { specifier, line, column, typeOnly, kind, names } of imports) {
      const target = resolve(path, specifier);
      if (target.kind === "missing") graph.missing.push({ from: path, specifier, line, column });
      else if (target.kind === "external") {
        const known = module.externals.get(target.name);
        module.externals.set(target.name, {
          line: known?.line ?? line,
          names: (known?.names ?? 0) + names,
        });
      } else
        link(graph, {
          from: path,
          to: target.path,
          line,
          column,
          typeOnly,
          dynamic: kind === "dynamic",
          names,
        });
    }
  }
  return graph;
}

function fromModules(modules: Readonly<Record<string, readonly string[]>>): ModuleGraph {
  const graph: ModuleGraph = { modules: new Map(), missing: [], problems: [], files: {} };
  const names = new Set([...Object.keys(modules), ...Object.values(modules).flat()].map(clean));
  if (names.size > MAX_FILES)
    throw new InputProblem(`modules: name ${names.size} modules; ${MAX_FILES} are allowed.`);
  for (const name of names) graph.modules.set(name, empty(name));
  for (const [from, targets] of Object.entries(modules)) {
    for (const to of targets) {
      link(graph, {
        from: clean(from),
        to: clean(to),
        line: 1,
        column: 1,
        typeOnly: false,
        dynamic: false,
        names: 1,
      });
    }
  }
  return graph;
}

/** Several imports of one module are one edge, as strong as all of them. */
function link(graph: ModuleGraph, edge: Edge): void {
  const from = graph.modules.get(edge.from);
  const to = graph.modules.get(edge.to);
  if (from === undefined || to === undefined || from === to) return;
  const known = from.out.get(edge.to);
  if (known === undefined) from.out.set(edge.to, edge);
  else {
    known.typeOnly &&= edge.typeOnly;
    known.dynamic &&= edge.dynamic;
    known.names += edge.names;
  }
  to.in.add(edge.from);
}
