/** What takes the memory: by constructor, by object, by equal strings. */
import type { Dominators } from "./dominators.ts";
import { classOf, kindOf } from "./graph.ts";
import type { HeapGraph } from "./graph.ts";

export interface ClassSize {
  name: string;
  count: number;
  selfBytes: number;
  /** What would be free without them, counted once where one of them keeps another. */
  retainedBytes: number;
}

/** As DevTools' summary: objects without a size of their own (such as roots) make no class. */
export function classSizes(
  graph: HeapGraph,
  { dominator, retainedBytes, order }: Dominators,
): ClassSize[] {
  const names = classNumbers(graph);
  const sizes = names.list.map((name): ClassSize => ({
    name,
    count: 0,
    selfBytes: 0,
    retainedBytes: 0,
  }));
  const inside = innermost(graph, { dominator, order, classes: names.of });
  for (let node = 0; node < graph.nodeCount; node += 1) {
    const self = graph.selfBytes[node] ?? 0;
    const size = sizes[names.of[node] ?? 0];
    if (self === 0 || size === undefined) continue;
    size.count += 1;
    size.selfBytes += self;
    if (inside[node] === 0) size.retainedBytes += retainedBytes[node] ?? 0;
  }
  return sizes
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.retainedBytes - a.retainedBytes || b.selfBytes - a.selfBytes);
}

/** Each node's class as a number. */
export function classNumbers(graph: HeapGraph): { of: Uint32Array; list: string[] } {
  const of = new Uint32Array(graph.nodeCount);
  const numbers = new Map<string, number>();
  // Kind and name make the class: the words are looked up once for each pair.
  const byPair = new Map<number, number>();
  for (let node = 0; node < graph.nodeCount; node += 1) {
    const kind = kindOf(graph, node);
    const named = kind === "object" || kind === "native";
    const pair = (graph.kind[node] ?? 0) + 256 * (named ? (graph.nameIndex[node] ?? 0) : 0);
    let number = byPair.get(pair);
    if (number === undefined) {
      const name = classOf(graph, node);
      number = numbers.get(name) ?? numbers.size;
      numbers.set(name, number);
      byPair.set(pair, number);
    }
    of[node] = number;
  }
  return { of, list: [...numbers.keys()] };
}

/** 1 for nodes that have one of their own class above them in the dominator tree. */
function innermost(
  { nodeCount, selfBytes }: HeapGraph,
  {
    dominator,
    order,
    classes,
  }: { dominator: Uint32Array; order: Uint32Array; classes: Uint32Array },
): Uint8Array {
  const { first, child } = childrenOf(dominator, nodeCount);
  const inside = new Uint8Array(nodeCount);
  const above = new Map<number, number>();
  const next = first.slice(0, nodeCount);
  const way = new Uint32Array(nodeCount);
  const counted = (node: number): boolean => (selfBytes[node] ?? 0) > 0;
  const step = (node: number, by: number): void => {
    if (counted(node)) above.set(classes[node] ?? 0, (above.get(classes[node] ?? 0) ?? 0) + by);
  };
  let depth = 0;
  way[0] = order[0] ?? 0;
  step(way[0], 1);
  while (depth >= 0) {
    const node = way[depth] ?? 0;
    const at = next[node] ?? 0;
    if (at >= (first[node + 1] ?? 0)) {
      step(node, -1);
      depth -= 1;
      continue;
    }
    next[node] = at + 1;
    const below = child[at] ?? 0;
    if ((above.get(classes[below] ?? 0) ?? 0) > 0) inside[below] = 1;
    step(below, 1);
    depth += 1;
    way[depth] = below;
  }
  return inside;
}

function childrenOf(
  dominator: Uint32Array,
  nodeCount: number,
): { first: Uint32Array; child: Uint32Array } {
  const first = new Uint32Array(nodeCount + 1);
  for (let node = 1; node < nodeCount; node += 1) {
    const above = (dominator[node] ?? 0) + 1;
    first[above] = (first[above] ?? 0) + 1;
  }
  for (let node = 0; node < nodeCount; node += 1)
    first[node + 1] = (first[node + 1] ?? 0) + (first[node] ?? 0);
  const child = new Uint32Array(Math.max(0, nodeCount - 1));
  const fill = first.slice(0, nodeCount);
  for (let node = 1; node < nodeCount; node += 1) {
    const above = dominator[node] ?? 0;
    const place = fill[above] ?? 0;
    child[place] = node;
    fill[above] = place + 1;
  }
  return { first, child };
}

/** The objects of the program that keep most alive; the engine's own roots are not among them. */
export function largestObjects(
  graph: HeapGraph,
  { retainedBytes }: Dominators,
  max: number,
): number[] {
  const kinds = new Set([
    "object",
    "closure",
    "array",
    "regexp",
    "native",
    "string",
    "concatenated string",
  ]);
  const found: number[] = [];
  const least = (): number => (found.length < max ? 0 : (retainedBytes[found.at(-1) ?? 0] ?? 0));
  for (let node = 1; node < graph.nodeCount; node += 1) {
    if ((retainedBytes[node] ?? 0) <= least() || !kinds.has(kindOf(graph, node))) continue;
    const at = found.findIndex((one) => (retainedBytes[one] ?? 0) < (retainedBytes[node] ?? 0));
    found.splice(at === -1 ? found.length : at, 0, node);
    if (found.length > max) found.pop();
  }
  return found;
}

export interface Repeated {
  text: string;
  copies: number;
  bytes: number;
  wastedBytes: number;
}

/** Strings that are there more than once. V8 writes their beginning only, so long ones must also agree in size. */
export function repeatedStrings(
  graph: HeapGraph,
  max: number,
): { list: Repeated[]; wastedBytes: number } {
  const groups = new Map<number, Map<number, number>>();
  for (let node = 0; node < graph.nodeCount; node += 1) {
    const self = graph.selfBytes[node] ?? 0;
    if (self === 0 || kindOf(graph, node) !== "string") continue;
    const name = graph.nameIndex[node] ?? 0;
    const sizes = groups.get(name) ?? new Map<number, number>();
    sizes.set(self, (sizes.get(self) ?? 0) + 1);
    groups.set(name, sizes);
  }
  const list = [...groups].flatMap(([name, sizes]) =>
    [...sizes].flatMap(([self, copies]) =>
      copies < 2 ? [] : [{ name, copies, bytes: self * copies, wastedBytes: self * (copies - 1) }],
    ),
  );
  const wastedBytes = list.reduce((sum, one) => sum + one.wastedBytes, 0);
  return {
    wastedBytes,
    list: list
      .toSorted((a, b) => b.wastedBytes - a.wastedBytes)
      .slice(0, max)
      .map(({ name, ...rest }) => ({ text: (graph.strings[name] ?? "").slice(0, 120), ...rest })),
  };
}

export function bytesByKind(graph: HeapGraph): Record<string, number> {
  const bytes = new Map<string, number>();
  for (let node = 0; node < graph.nodeCount; node += 1) {
    const kind = kindOf(graph, node);
    bytes.set(kind, (bytes.get(kind) ?? 0) + (graph.selfBytes[node] ?? 0));
  }
  return Object.fromEntries(
    [...bytes].filter(([, size]) => size > 0).toSorted(([, a], [, b]) => b - a),
  );
}
