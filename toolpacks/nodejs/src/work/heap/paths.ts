/** How the program reaches an object: the shortest way from its globals, else from the engine's roots. */
import { classOf, edgeLabel, kindOf, nameOf } from "./graph.ts";
import type { HeapGraph } from "./graph.ts";

export interface PathStep {
  /** What leads here from the step before: `.cache`, `[3]`, `(context) seen`. */
  by: string;
  name: string;
  kind: string;
  id: number;
}

export interface Paths {
  to(node: number): PathStep[];
  /** Steps from the program's globals or the root; -1 where only weak edges lead. */
  distance(node: number): number;
}

const NONE = 0xffff_ffff;
const MAX_STEPS = 100;

export function pathsOf(graph: HeapGraph, essential: Uint8Array): Paths {
  const { nodeCount, firstEdge, target, edgeKind, edgeKinds } = graph;
  const came = new Uint32Array(nodeCount).fill(NONE);
  const from = new Uint32Array(nodeCount).fill(NONE);
  const steps = new Int32Array(nodeCount).fill(-1);
  const queue = new Uint32Array(nodeCount);
  let [head, tail] = [0, 0];
  const enter = (node: number, edge: number, source: number): void => {
    came[node] = edge;
    from[node] = source;
    steps[node] = source === NONE ? 0 : (steps[source] ?? 0) + 1;
    queue[tail] = node;
    tail += 1;
  };
  const spread = (): void => {
    for (; head < tail; head += 1) {
      const node = queue[head] ?? 0;
      const end = firstEdge[node + 1] ?? 0;
      for (let edge = firstEdge[node] ?? 0; edge < end; edge += 1) {
        const to = target[edge] ?? 0;
        if (essential[edge] === 1 && steps[to] === -1) enter(to, edge, node);
      }
    }
  };
  // The root's shortcuts lead to the program's globals: ways from there are those people know.
  steps[0] = 0;
  const shortcut = edgeKinds.indexOf("shortcut");
  for (let edge = 0; edge < (firstEdge[1] ?? 0); edge += 1) {
    const to = target[edge] ?? 0;
    if (edgeKind[edge] === shortcut && steps[to] === -1) enter(to, edge, 0);
  }
  spread();
  queue[tail] = 0;
  tail += 1;
  spread();
  return {
    distance: (node) => steps[node] ?? -1,
    to(node) {
      const way: PathStep[] = [];
      for (
        let one = node;
        one !== 0 && one !== NONE && way.length < MAX_STEPS;
        one = from[one] ?? NONE
      )
        way.push(stepOf(graph, one, came[one] ?? NONE));
      return way.toReversed();
    },
  };
}

function stepOf(graph: HeapGraph, node: number, edge: number): PathStep {
  const kind = kindOf(graph, node);
  const plain =
    kind === "object" || kind === "native" || kind === "closure" || kind === "synthetic";
  return {
    by: edge === NONE ? "" : edgeLabel(graph, edge),
    name: plain ? nameOf(graph, node) || classOf(graph, node) : classOf(graph, node),
    kind,
    id: graph.ids[node] ?? 0,
  };
}

/** `globalThis.cache (Map) → (internal) table ((array)) → …`, the middle left out where it is long. */
export function pathText(way: readonly PathStep[]): string {
  const steps = way.map(({ by, name }) => `${by} ${name}`.trim());
  return (steps.length > 12 ? [...steps.slice(0, 6), "…", ...steps.slice(-5)] : steps).join(" → ");
}
