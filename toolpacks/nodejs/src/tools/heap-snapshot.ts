import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answered,
  ignoreProperty,
  plainObject,
  reportProperties,
  summaryOf,
} from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import type { HeapJob, PackJobs } from "../jobs.ts";
import { MAX_HEAP_BYTES, MAX_HEAP_TEXT } from "../limits.ts";
import type { HeapAnswer } from "../work/heap/analyze.ts";
import { sizeText } from "../work/size-text.ts";
import { EXAMPLE } from "./heap-example.ts";
import { integer, list, number, object, string } from "./schema.ts";

const text = { type: "string", maxLength: MAX_HEAP_TEXT };
const path = { type: "string", minLength: 1, maxLength: 1_000 };
const megabytes = `At most ${MAX_HEAP_BYTES / 1_048_576} MB.`;
const input = plainObject({
  content: { ...text, description: "A .heapsnapshot as text; for large ones use path." },
  path: {
    ...path,
    description: `Instead: a .heapsnapshot in the workspace that the operator allowed. ${megabytes}`,
  },
  earlierContent: {
    ...text,
    description: "An earlier snapshot of the same process, to compare with.",
  },
  earlierPath: { ...path, description: "Instead: its path in the workspace." },
  top: {
    type: "integer",
    minimum: 1,
    maximum: 500,
    description: "Constructors to list. Default 30.",
  },
  ignore: ignoreProperty,
});

const held = {
  id: integer,
  name: string,
  kind: string,
  selfBytes: integer,
  retainedBytes: number,
  retainedPercent: number,
  path: list({ by: string, name: string, kind: string, id: integer }),
  pathText: string,
};
const output = object({
  objects: integer,
  references: integer,
  totalBytes: number,
  bytesByKind: { type: "object", additionalProperties: number },
  classes: list({
    name: string,
    count: integer,
    selfBytes: number,
    retainedBytes: number,
    retainedPercent: number,
  }),
  largest: list(held),
  detached: object({ count: integer, examples: list(held) }),
  repeatedStrings: object({
    wastedBytes: number,
    list: list({ text: string, copies: integer, bytes: number, wastedBytes: number }),
  }),
  "comparison?": object({
    earlierBytes: number,
    deltaBytes: number,
    kept: number,
    grew: list({
      name: string,
      addedCount: integer,
      addedBytes: number,
      freedCount: integer,
      freedBytes: number,
      deltaCount: integer,
      deltaBytes: number,
    }),
    holders: list({ ...held, newObjects: integer, newBytes: number }),
  }),
  ...reportProperties,
});

export function heapSnapshotTool(jobs: Jobs<PackJobs>): Tool {
  return defineTool<HeapJob>({
    name: "node_heap_snapshot_analyze",
    title: "Analyse a heap snapshot",
    description:
      "Reads a .heapsnapshot of Node or Chrome: retained and own size by constructor and by object (dominators as DevTools computes them), the way from the program's globals to each large object, repeated strings, detached nodes. With an earlier snapshot of the same process: what grew by constructor, and which older object alone keeps what is new - the leak.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 120_000,
    maxConcurrent: 2,
    examples: [
      { title: "A heap of four objects", arguments: { content: JSON.stringify(EXAMPLE) } },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("node_heap_snapshot_analyze", given, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: HeapAnswer): string {
  const { totalBytes, objects, classes, largest, comparison } = value;
  return [
    `${sizeText(totalBytes)} in ${objects} objects.`,
    ...(comparison === undefined
      ? []
      : [
          `${sizeText(comparison.deltaBytes)} more than before. Grew most: ${comparison.grew
            .slice(0, 6)
            .map(
              ({ name, deltaCount, deltaBytes }) =>
                `${name} +${deltaCount} (${sizeText(deltaBytes)})`,
            )
            .join(", ")}.`,
          ...comparison.holders
            .slice(0, 3)
            .map(
              ({ name, newObjects, newBytes, pathText }) =>
                `- ${name} keeps ${newObjects} new (${sizeText(newBytes)}): ${pathText}`,
            ),
        ]),
    `Retained by constructor: ${classes
      .slice(0, 8)
      .map(({ name, count, retainedBytes }) => `${name} ${sizeText(retainedBytes)} (${count})`)
      .join(", ")}.`,
    ...largest
      .slice(0, 4)
      .map(
        ({ name, retainedBytes, pathText }) => `- ${name} ${sizeText(retainedBytes)}: ${pathText}`,
      ),
    summaryOf(value),
  ].join("\n");
}
