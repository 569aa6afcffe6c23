/** A heap snapshot as a graph of objects. Nodes and edges are counted from 0; node 0 is the root. */
import { InputProblem } from "flotilla/worker/review";
import { metaList, scanSnapshot } from "./scan.ts";
import type { RawSnapshot } from "./scan.ts";

export interface HeapGraph {
  nodeCount: number;
  edgeCount: number;
  /** The first edge of each node; one more at the end. */
  firstEdge: Uint32Array;
  /** The node each edge leads to. */
  target: Uint32Array;
  edgeKind: Uint8Array;
  selfBytes: Uint32Array;
  ids: Uint32Array;
  kind: Uint8Array;
  /** 2: cut off from its document. */
  detached: Uint8Array;
  nameIndex: Uint32Array;
  edgeName: Uint32Array;
  nodeKinds: string[];
  edgeKinds: string[];
  strings: string[];
}

export function readHeap(bytes: Uint8Array, file: string): HeapGraph {
  return graphOf(scanSnapshot(bytes, file), file);
}

function graphOf({ header, nodes, edges, strings }: RawSnapshot, file: string): HeapGraph {
  const nodeFields = metaList(header, "node_fields");
  const edgeFields = metaList(header, "edge_fields");
  const [width, edgeWidth] = [nodeFields.length, edgeFields.length];
  const fail = (why: string): InputProblem =>
    new InputProblem(`${file} is no heap snapshot: ${why}.`);
  const at = (fields: readonly unknown[], name: string): number => {
    const index = fields.indexOf(name);
    if (index === -1) throw fail(`it does not say where "${name}" is`);
    return index;
  };
  if (
    width === 0 ||
    edgeWidth === 0 ||
    nodes.length < width ||
    nodes.length % width !== 0 ||
    edges.length % edgeWidth !== 0
  )
    throw fail("its arrays do not fit its fields");
  const nodeCount = nodes.length / width;
  const edgeCount = edges.length / edgeWidth;
  const column = (name: string): Uint32Array =>
    columnOf(nodes, { width, at: at(nodeFields, name) });
  const edgeColumn = (name: string): Uint32Array =>
    columnOf(edges, { width: edgeWidth, at: at(edgeFields, name) });
  const firstEdge = sums(column("edge_count"));
  const target = edgeColumn("to_node").map((index) => index / width);
  if (firstEdge[nodeCount] !== edgeCount) throw fail("its edge counts do not add up");
  if (target.some((node) => node >= nodeCount)) throw fail("an edge leads to no node");
  const detachedAt = nodeFields.indexOf("detachedness");
  return {
    nodeCount,
    edgeCount,
    firstEdge,
    target,
    edgeKind: Uint8Array.from(edgeColumn("type")),
    selfBytes: column("self_size"),
    ids: column("id"),
    kind: Uint8Array.from(column("type")),
    detached:
      detachedAt === -1
        ? new Uint8Array(nodeCount)
        : Uint8Array.from(columnOf(nodes, { width, at: detachedAt })),
    nameIndex: column("name"),
    edgeName: edgeColumn("name_or_index"),
    nodeKinds: kindsOf(metaList(header, "node_types")),
    edgeKinds: kindsOf(metaList(header, "edge_types")),
    strings,
  };
}

function columnOf(values: Uint32Array, { width, at }: { width: number; at: number }): Uint32Array {
  const column = new Uint32Array(values.length / width);
  for (let row = 0; row < column.length; row += 1) column[row] = values[row * width + at] ?? 0;
  return column;
}

function sums(counts: Uint32Array): Uint32Array {
  const first = new Uint32Array(counts.length + 1);
  for (let node = 0; node < counts.length; node += 1)
    first[node + 1] = (first[node] ?? 0) + (counts[node] ?? 0);
  return first;
}

function kindsOf(types: readonly unknown[]): string[] {
  const [first] = types;
  return Array.isArray(first) ? first.map(String) : [];
}

const MAX_NAME = 120;

export function nameOf(graph: HeapGraph, node: number): string {
  return short(graph.strings[graph.nameIndex[node] ?? 0] ?? "");
}

export function short(text: string): string {
  const line = text.length > MAX_NAME ? `${text.slice(0, MAX_NAME - 1)}…` : text;
  return line.replaceAll(/\s+/g, " ");
}

export function kindOf(graph: HeapGraph, node: number): string {
  return graph.nodeKinds[graph.kind[node] ?? 0] ?? "unknown";
}

/** The name that DevTools groups by: constructors of objects, `(string)`, `(closure)`, `(system)` of others. */
export function classOf(graph: HeapGraph, node: number): string {
  const kind = kindOf(graph, node);
  if (kind === "object" || kind === "native") return nameOf(graph, node);
  if (kind === "hidden") return "(system)";
  return kind === "code" ? "(compiled code)" : `(${kind})`;
}

/** What leads along an edge: a property, an index, a variable of a closure. */
export function edgeLabel(graph: HeapGraph, edge: number): string {
  const kind = graph.edgeKinds[graph.edgeKind[edge] ?? 0] ?? "";
  const raw = graph.edgeName[edge] ?? 0;
  if (kind === "element" || kind === "hidden") return `[${raw}]`;
  const text = short(graph.strings[raw] ?? "");
  return kind === "property" || kind === "shortcut" ? `.${text}` : `(${kind}) ${text}`;
}
