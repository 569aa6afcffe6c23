/** The order of a graph, for pictures and for finding circles. */

/** Groups of nodes that reach each other (Tarjan), without recursion; leaves of the graph come first. */
export function components(
  nodes: readonly string[],
  next: (node: string) => Iterable<string>,
): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open = new Set<string>();
  const stack: string[] = [];
  const found: string[][] = [];
  for (const root of nodes) {
    if (index.has(root)) continue;
    const work: { node: string; rest: Iterator<string> }[] = [];
    const enter = (node: string): void => {
      index.set(node, index.size);
      low.set(node, index.size - 1);
      stack.push(node);
      open.add(node);
      work.push({ node, rest: next(node)[Symbol.iterator]() });
    };
    enter(root);
    for (let top = work.at(-1); top !== undefined; top = work.at(-1)) {
      const { node, rest } = top;
      const step = rest.next();
      if (step.done !== true) {
        if (!index.has(step.value)) enter(step.value);
        else if (open.has(step.value))
          low.set(node, Math.min(low.get(node) ?? 0, index.get(step.value) ?? 0));
        continue;
      }
      work.pop();
      const parent = work.at(-1)?.node;
      if (parent !== undefined) low.set(parent, Math.min(low.get(parent) ?? 0, low.get(node) ?? 0));
      if (low.get(node) !== index.get(node)) continue;
      const group: string[] = [];
      for (let one = stack.pop(); one !== undefined; one = stack.pop()) {
        open.delete(one);
        group.push(one);
        if (one === node) break;
      }
      found.push(group);
    }
  }
  return found;
}

/** The height of each node above the leaves; members of a circle stand side by side. */
export function levelsOf(
  nodes: readonly string[],
  next: (node: string) => Iterable<string>,
): Map<string, number> {
  const levels = new Map<string, number>();
  for (const group of components(nodes, next)) {
    const inside = new Set(group);
    let level = 0;
    for (const node of group) {
      for (const to of next(node))
        if (!inside.has(to)) level = Math.max(level, (levels.get(to) ?? 0) + 1);
    }
    for (const node of group) levels.set(node, level);
  }
  return levels;
}
