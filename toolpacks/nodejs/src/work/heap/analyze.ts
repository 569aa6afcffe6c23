/** A heap snapshot, alone or against an earlier one: what takes the memory, what grew, and who holds it. */
import { reportOf } from "flotilla/worker/review";
import type { FindingReport } from "flotilla/worker/review";
import { compareHeaps, earlierOf } from "./compare.ts";
import type { Comparison, Earlier, Growth } from "./compare.ts";
import { dominatorsOf } from "./dominators.ts";
import type { Dominators } from "./dominators.ts";
import { essentialEdges } from "./essential.ts";
import { classOf, kindOf, nameOf, readHeap } from "./graph.ts";
import type { HeapGraph } from "./graph.ts";
import { bytesByKind, classSizes, largestObjects, repeatedStrings } from "./measure.ts";
import type { ClassSize, Repeated } from "./measure.ts";
import { pathText, pathsOf } from "./paths.ts";
import type { PathStep, Paths } from "./paths.ts";
import { heapFindings } from "./rules.ts";

export interface HeapInput {
  top?: number;
  ignore?: string[];
}
export interface HeapFile {
  file: string;
  bytes: Uint8Array;
}

export interface HeapObject {
  id: number;
  name: string;
  kind: string;
  selfBytes: number;
  retainedBytes: number;
  retainedPercent: number;
  /** From the program's globals down to it. */
  path: PathStep[];
  pathText: string;
}

export interface HeapAnswer extends FindingReport {
  objects: number;
  references: number;
  totalBytes: number;
  bytesByKind: Record<string, number>;
  classes: (ClassSize & { retainedPercent: number })[];
  largest: HeapObject[];
  detached: { count: number; examples: HeapObject[] };
  repeatedStrings: { wastedBytes: number; list: Repeated[] };
  comparison?: {
    earlierBytes: number;
    deltaBytes: number;
    /** Share of the earlier objects that are still there. */
    kept: number;
    grew: Growth[];
    /** The earlier objects that alone keep most of what is new. */
    holders: (HeapObject & { newObjects: number; newBytes: number })[];
  };
}

const TOP = 30;
const PATHS = 10;

export interface Reading {
  graph: HeapGraph;
  dominators: Dominators;
  paths: Paths;
  totalBytes: number;
}

export function analyzeHeap(
  { top = TOP, ignore = [] }: HeapInput,
  later: HeapFile,
  before?: HeapFile,
): HeapAnswer {
  // The earlier one first, and only what is needed of it: two whole graphs would need twice the memory.
  const earlier = before === undefined ? undefined : earlierOf(readHeap(before.bytes, before.file));
  const graph = readHeap(later.bytes, later.file);
  const essential = essentialEdges(graph);
  const dominators = dominatorsOf(graph, essential);
  const totalBytes = dominators.retainedBytes[0] ?? 0;
  const reading: Reading = { graph, dominators, paths: pathsOf(graph, essential), totalBytes };
  const facts = {
    classes: classSizes(graph, dominators)
      .slice(0, top)
      .map((one) => ({
        ...one,
        name: one.name.slice(0, 200),
        retainedPercent: percent(one.retainedBytes, totalBytes),
      })),
    largest: largestObjects(graph, dominators, Math.min(top, PATHS)).map((node) =>
      objectOf(reading, node),
    ),
    detached: detachedOf(reading),
    repeatedStrings: repeatedStrings(graph, 15),
  };
  const comparison = earlier === undefined ? undefined : comparisonOf(reading, earlier, top);
  return {
    objects: graph.nodeCount,
    references: graph.edgeCount,
    totalBytes,
    bytesByKind: bytesByKind(graph),
    ...facts,
    ...(comparison === undefined ? {} : { comparison }),
    ...reportOf(
      heapFindings({ totalBytes, ...facts, ...(comparison === undefined ? {} : { comparison }) }),
      { ignore },
    ),
  };
}

export const percent = (part: number, whole: number): number =>
  whole > 0 ? Math.round((part / whole) * 10_000) / 100 : 0;

function objectOf({ graph, dominators, paths, totalBytes }: Reading, node: number): HeapObject {
  const retainedBytes = dominators.retainedBytes[node] ?? 0;
  const path = paths.to(node);
  const kind = kindOf(graph, node);
  return {
    id: graph.ids[node] ?? 0,
    name:
      kind === "object" || kind === "closure" || kind === "native"
        ? nameOf(graph, node) || classOf(graph, node)
        : classOf(graph, node),
    kind,
    selfBytes: graph.selfBytes[node] ?? 0,
    retainedBytes,
    retainedPercent: percent(retainedBytes, totalBytes),
    path,
    pathText: pathText(path),
  };
}

/** What is cut off from its document but still reached: V8 marks it. */
function detachedOf(reading: Reading): HeapAnswer["detached"] {
  const { graph, dominators } = reading;
  const found: number[] = [];
  for (let node = 0; node < graph.nodeCount; node += 1)
    if (graph.detached[node] === 2) found.push(node);
  const retained = (node: number): number => dominators.retainedBytes[node] ?? 0;
  const examples = found.toSorted((a, b) => retained(b) - retained(a)).slice(0, 5);
  return { count: found.length, examples: examples.map((node) => objectOf(reading, node)) };
}

function comparisonOf(
  reading: Reading,
  earlier: Earlier,
  top: number,
): HeapAnswer["comparison"] & object {
  const { growth, holders, kept }: Comparison = compareHeaps(
    earlier,
    reading.graph,
    reading.dominators,
  );
  return {
    earlierBytes: earlier.totalBytes,
    deltaBytes: reading.totalBytes - earlier.totalBytes,
    kept: Math.round(kept * 1_000) / 1_000,
    grew: growth
      .filter(({ deltaBytes, deltaCount }) => deltaBytes > 0 || deltaCount > 0)
      .slice(0, top),
    holders: holders.slice(0, PATHS).map(({ node, newObjects, newBytes }) => ({
      ...objectOf(reading, node),
      newObjects,
      newBytes,
    })),
  };
}
