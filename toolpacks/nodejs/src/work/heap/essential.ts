/**
 * Which edges keep an object alive, as Chrome DevTools counts them: not weak ones, not the table's half of a WeakMap
 * pair, and none from the engine's own roots into what the program's globals reach anyway.
 */
import type { HeapGraph } from "./graph.ts";

/** One byte an edge: 1 where the edge keeps its target alive. */
export function essentialEdges(graph: HeapGraph): Uint8Array {
  const { nodeCount, firstEdge, target, edgeKind, edgeKinds } = graph;
  const weak = edgeKinds.indexOf("weak");
  const shortcut = edgeKinds.indexOf("shortcut");
  const internal = edgeKinds.indexOf("internal");
  const owned = ownedByProgram(graph);
  const isTableEdge = tableEdges(graph);
  const essential = new Uint8Array(graph.edgeCount);
  for (let node = 0; node < nodeCount; node += 1) {
    const end = firstEdge[node + 1] ?? 0;
    for (let edge = firstEdge[node] ?? 0; edge < end; edge += 1) {
      const to = target[edge] ?? 0;
      const kind = edgeKind[edge];
      if (kind === weak || to === node) continue;
      if (kind === internal && isTableEdge(node, edge)) continue;
      if (node !== 0 && (kind === shortcut || (owned[to] === 1 && owned[node] === 0))) continue;
      essential[edge] = 1;
    }
  }
  return essential;
}

/** What the program's global objects reach: the root marks those by its shortcuts. */
function ownedByProgram(graph: HeapGraph): Uint8Array {
  const { nodeCount, firstEdge, target, edgeKind, edgeKinds } = graph;
  const [weak, shortcut] = [edgeKinds.indexOf("weak"), edgeKinds.indexOf("shortcut")];
  const owned = new Uint8Array(nodeCount);
  const open = new Uint32Array(nodeCount);
  let count = 0;
  const take = (node: number): void => {
    if (owned[node] === 1) return;
    owned[node] = 1;
    open[count] = node;
    count += 1;
  };
  for (let edge = 0; edge < (firstEdge[1] ?? 0); edge += 1)
    if (edgeKind[edge] === shortcut) take(target[edge] ?? 0);
  while (count > 0) {
    count -= 1;
    const node = open[count] ?? 0;
    const end = firstEdge[node + 1] ?? 0;
    for (let edge = firstEdge[node] ?? 0; edge < end; edge += 1)
      if (edgeKind[edge] !== weak) take(target[edge] ?? 0);
  }
  return owned;
}

/**
 * V8 writes a WeakMap's value twice: kept by its key and by the table, in words such as
 * `1 / part of key (K @5) -> value (V @7) pair in WeakMap (table @9)`. The key's edge tells more.
 */
function tableEdges({
  strings,
  edgeName,
  ids,
}: HeapGraph): (node: number, edge: number) => boolean {
  const tables = new Map<number, number>();
  for (const [index, text] of strings.entries()) {
    const at =
      text.endsWith(")") && text.includes(" pair in WeakMap (table @") ? text.lastIndexOf("@") : -1;
    if (at !== -1) tables.set(index, Number(text.slice(at + 1, -1)));
  }
  return (node, edge) => tables.size > 0 && tables.get(edgeName[edge] ?? 0) === ids[node];
}
