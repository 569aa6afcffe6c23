import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXAMPLE } from "../src/tools/heap-example.ts";
import { dominatorsOf } from "../src/work/heap/dominators.ts";
import { essentialEdges } from "../src/work/heap/essential.ts";
import { classOf, nameOf, readHeap } from "../src/work/heap/graph.ts";
import type { HeapGraph } from "../src/work/heap/graph.ts";
import { nodejsClient } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "nodejs-heap-"));
process.env["FLOTILLA_WORKSPACE"] = folder;
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { call } = nodejsClient();

/** Two snapshots of one process that uses an installed package, and keeps a thousand things in between. */
const PROGRAMS: [string, string][] = [
  [
    "ajv",
    'import A from "ajv"; globalThis.used = new A.default(); used.compile({ type: "object" });',
  ],
  ["yaml", 'import * as Y from "yaml"; globalThis.used = Y.parseDocument("a: [1, 2, { b: c }]");'],
  ["semver", 'import S from "semver"; globalThis.used = new S.Range("^1.2 || >=3");'],
];
const LEAK = `
  class Leaky { constructor(index) { this.data = new Array(100).fill(index); this.name = "leaky-" + index; } }
  globalThis.cache = new Map([[-1, new Leaky(-1)]]);
  globalThis.weak = new WeakMap([[cache, new Leaky(-2)]]);
  v8.writeHeapSnapshot("before.heapsnapshot");
  for (let index = 0; index < 1000; index++) cache.set(index, new Leaky(index));
  v8.writeHeapSnapshot("after.heapsnapshot");`;

function snapshots(name: string, code: string): string {
  const url = new URL(`./${name}.mjs`, import.meta.url);
  execFileSync(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `import v8 from "node:v8"; process.chdir(${JSON.stringify(folder)}); ${code} ${LEAK}`,
    ],
    {
      cwd: new URL(".", url),
      env: { ...process.env, NODE_OPTIONS: "" },
    },
  );
  const renamed = (which: string): string => join(folder, `${name}-${which}.heapsnapshot`);
  for (const which of ["before", "after"]) {
    writeFileSync(renamed(which), readFileSync(join(folder, `${which}.heapsnapshot`)));
  }
  return renamed("after");
}

/** What would be free without a node, in the plainest way: walk once more without it. */
function freedWithout(graph: HeapGraph, essential: Uint8Array, gone: number): number {
  const seen = new Uint8Array(graph.nodeCount);
  const open = [0];
  seen[0] = 1;
  if (gone >= 0) seen[gone] = 1;
  let bytes = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    bytes += graph.selfBytes[node] ?? 0;
    for (
      let edge = graph.firstEdge[node] ?? 0;
      edge < (graph.firstEdge[node + 1] ?? 0);
      edge += 1
    ) {
      const to = graph.target[edge] ?? 0;
      if (essential[edge] === 0 || seen[to] === 1) continue;
      seen[to] = 1;
      open.push(to);
    }
  }
  return bytes;
}

describe.each(PROGRAMS)("node_heap_snapshot_analyze: %s", (name, code) => {
  let path = "";
  beforeAll(() => {
    path = snapshots(name, code);
  });
  it("finds the map that grew, what is new in it, and the way there", async () => {
    const { value, isError, text } = await call("node_heap_snapshot_analyze", {
      path: `${name}-after.heapsnapshot`,
      earlierPath: `${name}-before.heapsnapshot`,
      top: 200,
    });
    expect(isError, text).toBe(false);
    expect(value).toMatchObject({
      comparison: {
        kept: expect.closeTo(1, 1),
        grew: expect.arrayContaining([
          expect.objectContaining({
            name: "Leaky",
            addedCount: 1_000,
            freedCount: 0,
            deltaBytes: 40_000,
          }),
        ]),
      },
    });
    const { holders } = value["comparison"] as {
      holders: { name: string; newObjects: number; pathText: string }[];
    };
    expect(holders[0]).toMatchObject({ name: "Map" });
    expect(holders[0]?.pathText).toContain(".cache Map");
    // One Leaky, its array, the array's elements and its name, a thousand times, and the map's new table.
    expect(holders[0]?.newObjects).toBeGreaterThanOrEqual(4_000);
    expect(text).toContain("growing-holder");
  });
  // The same numbers as Chrome DevTools' own code gave for such snapshots, node by node, when this was written.
  it("knows what each object alone keeps alive, also the value of a WeakMap", () => {
    const graph = readHeap(readFileSync(path), "after");
    const essential = essentialEdges(graph);
    const { retainedBytes, order } = dominatorsOf(graph, essential);
    const all = freedWithout(graph, essential, -1);
    const leaky = order.filter(
      (node) => classOf(graph, node) === "Leaky" && graph.selfBytes[node] === 40,
    );
    expect(leaky).toHaveLength(1_002);
    const tested = [
      ...order.subarray(1, 15),
      ...leaky.subarray(0, 3),
      ...order.filter((node) => nameOf(graph, node) === "Map").subarray(0, 3),
      ...order.filter((_, index) => index % 15_000 === 7),
    ];
    for (const node of tested)
      expect(retainedBytes[node], nameOf(graph, node)).toBe(
        all - freedWithout(graph, essential, node),
      );
  });
});

describe("node_heap_snapshot_analyze", () => {
  it("gives the small heap's sizes, as one can add them up by hand", async () => {
    const { value } = await call("node_heap_snapshot_analyze", {
      content: JSON.stringify(EXAMPLE),
    });
    expect(value).toMatchObject({
      objects: 5,
      references: 5,
      totalBytes: 1_000,
      classes: [
        { name: "globalThis", retainedBytes: 1_000 },
        { name: "Cache", retainedBytes: 900 },
        // The text is held twice, so neither holder alone keeps it.
        { name: "(array)", retainedBytes: 800 },
        { name: "(string)", retainedBytes: 60 },
      ],
    });
  });
  it("tells snapshots of two processes apart", async () => {
    const { rules } = await call("node_heap_snapshot_analyze", {
      path: "ajv-after.heapsnapshot",
      earlierContent: JSON.stringify(EXAMPLE),
    });
    expect(rules).not.toContain("growing-holder");
    const swapped = await call("node_heap_snapshot_analyze", {
      content: JSON.stringify(EXAMPLE),
      earlierPath: "ajv-after.heapsnapshot",
    });
    expect(swapped.rules).toContain("other-process");
  });
  const text = JSON.stringify(EXAMPLE);
  it.each([
    ["cut off", text.slice(0, -30)],
    ["an edge to nowhere", text.replace("2,7,24", "2,7,240")],
    ["edge counts that do not add up", text.replace("[9,0,1,0,1,0", "[9,0,1,0,9,0")],
    ["half a node", text.replace("[9,0,1,", "[9,0,1,0,")],
    ["texts for numbers", text.replace('"nodes":[9', '"nodes":["9"')],
    ["a deep header", `{"snapshot":${'{"a":'.repeat(50_000)}`],
    ["unknown fields", text.replace('"to_node"', '"elsewhere"')],
  ])("refuses what is broken: %s", async (_, content) => {
    const { isError, text: told } = await call("node_heap_snapshot_analyze", { content });
    expect(isError).toBe(true);
    expect(told).toMatch(/is no heap snapshot/);
  });
  it("wants exactly one of text and path", async () => {
    const { isError, text: told } = await call("node_heap_snapshot_analyze", {
      content: "{}",
      path: "a",
    });
    expect(isError).toBe(true);
    expect(told).toContain("either as text or by its path");
  });
});
