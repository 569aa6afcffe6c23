/**
 * Who keeps whom alive alone. A node's dominator is on every way from the root to it: were it gone, all below would go.
 * Semi-NCA, after Georgiadis, "Linear-Time Algorithms for Dominators and Related Problems", 2005, chapter 2.
 */
import type { HeapGraph } from "./graph.ts";

export interface Dominators {
  /** Of each node; the root is its own. Nodes that nothing keeps alive are the root's. */
  dominator: Uint32Array;
  /** Bytes that would be free if the node were gone. */
  retainedBytes: Float64Array;
  /** Nodes so that each dominator comes before those it dominates. */
  order: Uint32Array;
}

export function dominatorsOf(graph: HeapGraph, essential: Uint8Array): Dominators {
  const tree = depthFirst(graph, essential);
  const back = predecessors(graph, essential);
  const idom = semiNca(tree, back);
  const { nodeCount, selfBytes } = graph;
  const dominator = new Uint32Array(nodeCount);
  const retainedBytes = Float64Array.from(selfBytes);
  for (let number = 1; number < nodeCount; number += 1)
    dominator[tree.vertex[number] ?? 0] = tree.vertex[idom[number] ?? 0] ?? 0;
  for (let number = nodeCount - 1; number > 0; number -= 1) {
    const node = tree.vertex[number] ?? 0;
    const above = dominator[node] ?? 0;
    retainedBytes[above] = (retainedBytes[above] ?? 0) + (retainedBytes[node] ?? 0);
  }
  return { dominator, retainedBytes, order: tree.vertex };
}

interface Tree {
  /** Nodes by their number in depth-first order. */
  vertex: Uint32Array;
  /** Numbers by node. */
  number: Uint32Array;
  /** The parent's number, by number. */
  parent: Uint32Array;
}
interface Back {
  first: Uint32Array;
  from: Uint32Array;
}

const NONE = 0xffff_ffff;

function depthFirst({ nodeCount, firstEdge, target }: HeapGraph, essential: Uint8Array): Tree {
  const vertex = new Uint32Array(nodeCount);
  const number = new Uint32Array(nodeCount).fill(NONE);
  const parent = new Uint32Array(nodeCount);
  const next = firstEdge.slice(0, nodeCount);
  const way = new Uint32Array(nodeCount);
  let count = 0;
  const enter = (node: number, above: number): void => {
    number[node] = count;
    vertex[count] = node;
    parent[count] = above;
    count += 1;
  };
  const walk = (start: number): void => {
    enter(start, 0);
    let depth = 0;
    way[0] = start;
    while (depth >= 0) {
      const node = way[depth] ?? 0;
      const edge = next[node] ?? 0;
      if (edge >= (firstEdge[node + 1] ?? 0)) {
        depth -= 1;
        continue;
      }
      next[node] = edge + 1;
      const to = target[edge] ?? 0;
      if (essential[edge] === 0 || number[to] !== NONE) continue;
      enter(to, number[node] ?? 0);
      depth += 1;
      way[depth] = to;
    }
  };
  walk(0);
  // What only weak edges lead to hangs on the root; first that which nothing else holds.
  const held = heldNodes({ nodeCount, target }, essential);
  for (let node = 0; node < nodeCount; node += 1)
    if (number[node] === NONE && held[node] === 0) walk(node);
  for (let node = 0; node < nodeCount; node += 1) if (number[node] === NONE) walk(node);
  return { vertex, number, parent };
}

function heldNodes(
  { nodeCount, target }: Pick<HeapGraph, "nodeCount" | "target">,
  essential: Uint8Array,
): Uint8Array {
  const held = new Uint8Array(nodeCount);
  for (const [edge, to] of target.entries()) if (essential[edge] === 1) held[to] = 1;
  return held;
}

function predecessors({ nodeCount, firstEdge, target }: HeapGraph, essential: Uint8Array): Back {
  const first = new Uint32Array(nodeCount + 1);
  for (let edge = 0; edge < target.length; edge += 1)
    if (essential[edge] === 1)
      first[(target[edge] ?? 0) + 1] = (first[(target[edge] ?? 0) + 1] ?? 0) + 1;
  for (let node = 0; node < nodeCount; node += 1)
    first[node + 1] = (first[node + 1] ?? 0) + (first[node] ?? 0);
  const from = new Uint32Array(first[nodeCount] ?? 0);
  const fill = first.slice(0, nodeCount);
  for (let node = 0; node < nodeCount; node += 1) {
    const end = firstEdge[node + 1] ?? 0;
    for (let edge = firstEdge[node] ?? 0; edge < end; edge += 1) {
      if (essential[edge] === 0) continue;
      const to = target[edge] ?? 0;
      const place = fill[to] ?? 0;
      from[place] = node;
      fill[to] = place + 1;
    }
  }
  return { first, from };
}

/** All in numbers of the depth-first order. */
function semiNca({ vertex, number, parent }: Tree, { first, from }: Back): Uint32Array {
  const count = vertex.length;
  const semi = Uint32Array.from({ length: count }, (_, index) => index);
  const least = linkedForest(parent, semi);
  for (let w = count - 1; w > 0; w -= 1) {
    let best = parent[w] ?? 0;
    const node = vertex[w] ?? 0;
    const end = first[node + 1] ?? 0;
    for (let at = first[node] ?? 0; at < end; at += 1) {
      const v = number[from[at] ?? 0] ?? 0;
      const through = semi[least(v, w + 1)] ?? 0;
      if (through < best) best = through;
    }
    semi[w] = best;
  }
  const idom = parent.slice();
  for (let w = 1; w < count; w += 1) {
    let above = idom[w] ?? 0;
    while (above > (semi[w] ?? 0)) above = idom[above] ?? 0;
    idom[w] = above;
  }
  return idom;
}

/** The forest of the nodes that are done, those from `linked` on: the node with the least semidominator above `v`. */
function linkedForest(
  parent: Uint32Array,
  semi: Uint32Array,
): (v: number, linked: number) => number {
  const ancestor = parent.slice();
  const label = Uint32Array.from(semi);
  const stack = new Uint32Array(parent.length);
  return (v, linked) => {
    if (v < linked || (ancestor[v] ?? 0) < linked) return label[v] ?? 0;
    let depth = 0;
    let top = v;
    while ((ancestor[top] ?? 0) >= linked) {
      stack[depth] = top;
      depth += 1;
      top = ancestor[top] ?? 0;
    }
    const end = ancestor[top] ?? 0;
    for (let above = top; depth > 0;) {
      depth -= 1;
      const one = stack[depth] ?? 0;
      const [mine, theirs] = [label[one] ?? 0, label[above] ?? 0];
      if ((semi[theirs] ?? 0) < (semi[mine] ?? 0)) label[one] = theirs;
      ancestor[one] = end;
      above = one;
    }
    return label[v] ?? 0;
  };
}
