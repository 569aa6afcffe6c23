/** Two snapshots of one process: what came, what went, and who holds what came. V8 keeps an object's id for life. */
import type { Dominators } from "./dominators.ts";
import { classNumbers } from "./measure.ts";
import type { HeapGraph } from "./graph.ts";
import { kindOf } from "./graph.ts";

/** What is kept of the earlier snapshot; the rest of it is gone before the later one is read. */
export interface Earlier {
  /** Sorted. */
  ids: Uint32Array;
  totalBytes: number;
  classes: Map<string, { ids: Uint32Array; bytes: Uint32Array }>;
}

export interface Growth {
  name: string;
  addedCount: number;
  addedBytes: number;
  freedCount: number;
  freedBytes: number;
  deltaCount: number;
  deltaBytes: number;
}

export interface Holder {
  node: number;
  /** New objects that only this one keeps alive. */
  newObjects: number;
  newBytes: number;
}

export function earlierOf(graph: HeapGraph): Earlier {
  const { of, list } = classNumbers(graph);
  const members = list.map((): { ids: number[]; bytes: number[] } => ({ ids: [], bytes: [] }));
  let totalBytes = 0;
  for (let node = 0; node < graph.nodeCount; node += 1) {
    const self = graph.selfBytes[node] ?? 0;
    totalBytes += self;
    if (self === 0) continue;
    const own = members[of[node] ?? 0];
    own?.ids.push(graph.ids[node] ?? 0);
    own?.bytes.push(self);
  }
  const classes = new Map(
    list.map((name, index) => [
      name,
      {
        ids: Uint32Array.from(members[index]?.ids ?? []),
        bytes: Uint32Array.from(members[index]?.bytes ?? []),
      },
    ]),
  );
  return { ids: graph.ids.toSorted(), totalBytes, classes };
}

export interface Comparison {
  growth: Growth[];
  holders: Holder[];
  /** Share of the earlier objects that are still there, 0 to 1. */
  kept: number;
  isNew: (node: number) => boolean;
}

export function compareHeaps(
  earlier: Earlier,
  graph: HeapGraph,
  { dominator, order }: Dominators,
): Comparison {
  const fresh = new Uint8Array(graph.nodeCount);
  let kept = 0;
  for (let node = 0; node < graph.nodeCount; node += 1) {
    if (has(earlier.ids, graph.ids[node] ?? 0)) kept += 1;
    else fresh[node] = 1;
  }
  return {
    growth: growthOf(earlier, graph, fresh),
    holders: holdersOf(graph, fresh, { dominator, order }),
    kept: earlier.ids.length === 0 ? 0 : Math.min(1, kept / earlier.ids.length),
    isNew: (node) => fresh[node] === 1,
  };
}

function has(sorted: Uint32Array, id: number): boolean {
  let [low, high] = [0, sorted.length - 1];
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const value = sorted[middle] ?? 0;
    if (value === id) return true;
    if (value < id) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

function growthOf(earlier: Earlier, graph: HeapGraph, fresh: Uint8Array): Growth[] {
  const { of, list } = classNumbers(graph);
  const later = graph.ids.toSorted();
  const table = new Map<string, Growth>();
  const rowOf = (name: string): Growth => {
    const row = table.get(name) ?? {
      name,
      addedCount: 0,
      addedBytes: 0,
      freedCount: 0,
      freedBytes: 0,
      deltaCount: 0,
      deltaBytes: 0,
    };
    table.set(name, row);
    return row;
  };
  for (let node = 0; node < graph.nodeCount; node += 1) {
    const self = graph.selfBytes[node] ?? 0;
    if (fresh[node] === 0 || self === 0) continue;
    const row = rowOf(list[of[node] ?? 0] ?? "");
    row.addedCount += 1;
    row.addedBytes += self;
  }
  for (const [name, { ids, bytes }] of earlier.classes) {
    for (const [index, id] of ids.entries()) {
      if (has(later, id)) continue;
      const row = rowOf(name);
      row.freedCount += 1;
      row.freedBytes += bytes[index] ?? 0;
    }
  }
  return [...table.values()]
    .map((row) => ({
      ...row,
      deltaCount: row.addedCount - row.freedCount,
      deltaBytes: row.addedBytes - row.freedBytes,
    }))
    .toSorted((a, b) => b.deltaBytes - a.deltaBytes || b.deltaCount - a.deltaCount);
}

const ENGINE = new Set(["synthetic", "hidden", "code", "object shape"]);

/** Each new object counts for the nearest older one that keeps it alive alone; the engine's own are passed over. */
function holdersOf(
  graph: HeapGraph,
  fresh: Uint8Array,
  { dominator, order }: Pick<Dominators, "dominator" | "order">,
): Holder[] {
  const holder = new Uint32Array(graph.nodeCount);
  const found = new Map<number, Holder>();
  for (const node of order.subarray(1)) {
    const above = dominator[node] ?? 0;
    holder[node] = fresh[above] === 1 ? (holder[above] ?? 0) : above;
    if (fresh[node] === 0) continue;
    const one = holder[node];
    const row = found.get(one) ?? { node: one, newObjects: 0, newBytes: 0 };
    row.newObjects += 1;
    row.newBytes += graph.selfBytes[node] ?? 0;
    found.set(one, row);
  }
  return [...found.values()]
    .filter(({ node }) => !ENGINE.has(kindOf(graph, node)))
    .toSorted((a, b) => b.newBytes - a.newBytes);
}
