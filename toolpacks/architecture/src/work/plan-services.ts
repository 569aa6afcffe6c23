/** A split into services along the lines where the graph is thin: communities (Louvain), then the order of least ties. */
import louvainModule from "graphology-communities-louvain";
import { UndirectedGraph } from "graphology";
import type { Module, ModuleGraph } from "./graph.ts";
import { sizeOf } from "./plan-order.ts";
import type { Plan, Step } from "./plan.ts";

export interface Service {
  name: string;
  modules: string[];
  lines: number;
  /** Imports that stay inside, of all that its modules make. */
  cohesion: number;
  /** What other services take from it: its contract. */
  offers: { module: string; to: string[] }[];
  needs: string[];
}

/** Used from everywhere: a library for all, not a service. */
const SHARED = 0.25;
const MIN_MODULES = 3;

export function planServices(graph: ModuleGraph, wanted?: number): Plan {
  const all = [...graph.modules.values()];
  const shared = new Set(
    all.filter((one) => one.in.size > Math.max(4, all.length * SHARED)).map(({ path }) => path),
  );
  const groups = communities(all, { shared, wanted });
  const home = new Map(
    groups.flatMap(({ name, members }) => members.map(({ path }) => [path, name] as const)),
  );
  const services = groups.map(({ name, members }) => serviceOf(name, members, { home }));
  const blockers = services.flatMap(({ name, needs }) =>
    needs
      .filter(
        (other) =>
          other > name && services.find((one) => one.name === other)?.needs.includes(name) === true,
      )
      .map((other) => ({
        ...firstTie(graph, home, { from: name, to: other }),
        message: `${name} and ${other} need each other; turn one direction into an event or move what is shared.`,
      })),
  );
  return { ready: 0, services, steps: stepsOf(services, graph, shared), blockers };
}

function communities(
  all: readonly Module[],
  { shared, wanted }: { shared: ReadonlySet<string>; wanted: number | undefined },
): { name: string; members: Module[] }[] {
  const network = new UndirectedGraph();
  const own = all.filter(({ path }) => !shared.has(path));
  for (const { path } of own) network.addNode(path);
  const tie = (a: string, b: string, weight: number): void => {
    if (a === b || !network.hasNode(a) || !network.hasNode(b)) return;
    network.updateEdge(a, b, (old) => ({ weight: Number(old["weight"] ?? 0) + weight }));
  };
  for (const { path, out } of own)
    for (const { to, names, typeOnly } of out.values())
      tie(path, to, (typeOnly ? 0.5 : 1) * Math.max(1, Math.min(5, names)));
  // What people put in one folder belongs together a little, even where no import says so.
  for (const [, members] of Map.groupBy(own, ({ folder }) => folder)) {
    for (const [index, one] of members.slice(1).entries())
      tie(members[index]?.path ?? "", one.path, 0.5);
  }
  const groups = grouped(network, own, wanted);
  const names = new Map<string, number>();
  return groups.map((members) => {
    const name = nameOf(members);
    const count = (names.get(name) ?? 0) + 1;
    names.set(name, count);
    return { name: count === 1 ? name : `${name}-${count}`, members };
  });
}

/** The resolution that comes nearest to the wished number; small rests join whom they know best. */
function grouped(
  network: UndirectedGraph,
  own: readonly Module[],
  wanted: number | undefined,
): Module[][] {
  const tries = wanted === undefined ? [1] : [0.2, 0.4, 0.7, 1, 1.4, 2, 3];
  const splits = tries.map((resolution) => {
    const found = louvain(network, { getEdgeWeight: "weight", resolution, rng: seeded() });
    const groups = [...Map.groupBy(own, ({ path }) => found[path] ?? -1).values()];
    return joined(groups);
  });
  const far = (groups: Module[][]): number => Math.abs(groups.length - (wanted ?? groups.length));
  return (splits.toSorted((a, b) => far(a) - far(b))[0] ?? []).toSorted(
    (a, b) => b.length - a.length,
  );
}

function joined(groups: Module[][]): Module[][] {
  const large = groups.filter(({ length }) => length >= MIN_MODULES);
  if (large.length === 0) return groups;
  for (const small of groups.filter(({ length }) => length < MIN_MODULES)) {
    const known = new Set(small.flatMap((one) => [...one.out.keys(), ...one.in]));
    const ties = (group: Module[]): number =>
      group.filter(({ path }) => known.has(path)).length +
      (group[0]?.folder === small[0]?.folder ? 0.5 : 0);
    const [best] = large.toSorted((a, b) => ties(b) - ties(a));
    best?.push(...small);
  }
  return large;
}

type Louvain = (
  graph: UndirectedGraph,
  options: { getEdgeWeight: string; resolution: number; rng: () => number },
) => Record<string, number>;
/** The package is CommonJS: its function comes directly or as a `default`, by who loads it. */
const louvain = louvainOf(louvainModule);
function louvainOf(module: unknown): Louvain {
  const inner: unknown =
    typeof module === "object" && module !== null && "default" in module ? module.default : module;
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the package's own types describe only one of the two
  return inner as Louvain;
}

/** The same code base gives the same plan: a counter, scrambled (Mulberry32). */
function seeded(): () => number {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function nameOf(members: readonly Module[]): string {
  const counts = new Map<string, number>();
  for (const { folder } of members) counts.set(folder, (counts.get(folder) ?? 0) + 1);
  const [most] = [...counts].toSorted((a, b) => b[1] - a[1]);
  const name = (most?.[0] ?? "")
    .split("/")
    .findLast((part) => !["src", "lib", "app", ".", ""].includes(part));
  return name ?? "core";
}

function serviceOf(
  name: string,
  members: readonly Module[],
  { home }: { home: ReadonlyMap<string, string> },
): Service {
  const ties = members.flatMap(({ out }) => [...out.keys()]);
  const inside = ties.filter((to) => home.get(to) === name).length;
  const offers = members.flatMap(({ path, in: importers }) => {
    const to = [...new Set([...importers].map((one) => home.get(one)))].flatMap((one) =>
      one === undefined || one === name ? [] : [one],
    );
    return to.length === 0 ? [] : [{ module: path, to }];
  });
  return {
    name,
    modules: members.map(({ path }) => path),
    lines: members.reduce((sum, { lines }) => sum + lines, 0),
    cohesion: ties.length === 0 ? 1 : Math.round((inside / ties.length) * 100) / 100,
    offers,
    needs: [...new Set(ties.map((to) => home.get(to)))].flatMap((one) =>
      one === undefined || one === name ? [] : [one],
    ),
  };
}

function firstTie(
  graph: ModuleGraph,
  home: ReadonlyMap<string, string>,
  { from, to }: { from: string; to: string },
): { file: string; line: number } {
  for (const { path, out } of graph.modules.values()) {
    if (home.get(path) !== from) continue;
    for (const edge of out.values())
      if (home.get(edge.to) === to) return { file: path, line: edge.line };
  }
  return { file: "", line: 1 };
}

/** The one that needs least of the others goes first; what stays is the last service. */
function stepsOf(
  services: readonly Service[],
  graph: ModuleGraph,
  shared: ReadonlySet<string>,
): Step[] {
  const first = libraryStep(graph, [...shared]);
  const left = new Set(services.map(({ name }) => name));
  const steps: Step[] = [];
  while (left.size > 0) {
    const open = services.filter(({ name }) => left.has(name));
    const ties = (one: Service): number => one.needs.filter((other) => left.has(other)).length;
    const [next] = open.toSorted(
      (a, b) => ties(a) - ties(b) || a.offers.length - b.offers.length || a.lines - b.lines,
    );
    if (next === undefined) break;
    left.delete(next.name);
    const after = next.needs.filter((other) => !left.has(other) && other !== next.name);
    steps.push({
      ...serviceStep(next, left),
      after: [...first.map(({ id }) => id), ...after.map((other) => `service-${other}`)],
    });
  }
  return [...first, ...steps];
}

function libraryStep({ modules }: ModuleGraph, kernel: string[]): Step[] {
  if (kernel.length === 0) return [];
  const lines = kernel.reduce((sum, path) => sum + (modules.get(path)?.lines ?? 0), 0);
  return [
    {
      id: "shared",
      title: `Make a library of ${kernel.length} shared modules`,
      why: "They are imported from everywhere, so no service can own them.",
      files: kernel,
      lines,
      size: sizeOf(lines),
      after: [],
      risks: ["A shared library couples releases: keep it small and stable."],
      done: "It has a version of its own, and imports from no service.",
    },
  ];
}

/** `left`: the services that are not taken out yet. */
function serviceStep(service: Service, left: ReadonlySet<string>): Omit<Step, "after"> {
  const { name, modules, lines, offers } = service;
  const pending = service.needs.filter((other) => left.has(other));
  const contract = offers.slice(0, 5).map(({ module }) => module);
  return {
    id: `service-${name}`,
    title: left.size === 0 ? `What is left is ${name}` : `Take out ${name}`,
    why: `${Math.round(service.cohesion * 100)} % of its imports stay inside; ${offers.length} of its modules are used from outside.`,
    files: modules,
    lines,
    size: sizeOf(lines),
    risks:
      pending.length === 0
        ? []
        : [`It still calls ${pending.join(", ")}: those calls go over the network, and may fail.`],
    done: `Others reach it only by its contract (${contract.join(", ") || "nobody calls it"}).`,
  };
}
