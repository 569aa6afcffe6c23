/** Finds circles in a graph (Tarjan's strongly connected components), each reported once as a closed walk. */

export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

export function findCycles(graph: Graph): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const circles: string[][] = [];

  const visit = (node: string): void => {
    order.set(node, order.size);
    low.set(node, order.get(node) ?? 0);
    stack.push(node);
    onStack.add(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next);
      if (onStack.has(next)) low.set(node, Math.min(low.get(node) ?? 0, low.get(next) ?? 0));
    }
    if (low.get(node) !== order.get(node)) return;
    const members = new Set(stack.splice(stack.indexOf(node)));
    for (const member of members) onStack.delete(member);
    if (members.size > 1 || graph.get(node)?.has(node)) circles.push(walk(graph, members));
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return circles;
}

/** The shortest way from the first member back to itself, inside the component. */
function walk(graph: Graph, members: ReadonlySet<string>): string[] {
  const start = [...members].toSorted()[0] ?? "";
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const node of queue) {
    for (const next of graph.get(node) ?? []) {
      if (next === start) return trace(cameFrom, start, node);
      if (!members.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      queue.push(next);
    }
  }
  return [start, start];
}

function trace(cameFrom: ReadonlyMap<string, string>, start: string, last: string): string[] {
  const path = [start];
  for (let node: string | undefined = last; node !== undefined && node !== start;) {
    path.unshift(node);
    node = cameFrom.get(node);
  }
  return [start, ...path];
}
