import { defineTool, image, structured } from "flotilla/worker";
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
import { sourceProperties } from "flotilla/worker/sources";
import type { SourceInput } from "flotilla/worker/sources";
import type { PackJobs } from "../jobs.ts";
import { PROFILE_LIMITS } from "../limits.ts";
import type { ProfileAnswer, ProfileInput } from "../work/profile/analyze.ts";
import { integer, list, number, object, string } from "./schema.ts";

const input = plainObject({
  ...sourceProperties(
    {
      content: "A .cpuprofile: what node --cpu-prof, the inspector or DevTools wrote.",
      path: "A .cpuprofile.",
    },
    PROFILE_LIMITS,
  ),
  top: { type: "integer", minimum: 1, maximum: 500, description: "Functions to list. Default 30." },
  picture: { enum: ["flame", "none"], description: "Default flame: a flame chart as SVG." },
  ignore: ignoreProperty,
});

const place = { name: string, file: string, line: integer };
const output = object({
  durationMs: number,
  samples: integer,
  sampleEveryUs: integer,
  busyMs: number,
  idleMs: number,
  programMs: number,
  gcMs: number,
  functions: list({
    ...place,
    column: integer,
    package: string,
    selfMs: number,
    selfPercent: number,
    totalMs: number,
    totalPercent: number,
    lines: list({ line: integer, ticks: integer }),
    callers: list({ ...place, totalMs: number }),
    "deopt?": string,
  }),
  packages: list({
    name: string,
    selfMs: number,
    selfPercent: number,
    totalMs: number,
    functions: integer,
  }),
  hotPath: list({ ...place, totalMs: number, totalPercent: number }),
  ...reportProperties,
});

export function cpuProfileTool(jobs: Jobs<PackJobs>): Tool {
  return defineTool<ProfileInput & SourceInput>({
    name: "node_cpu_profile_analyze",
    title: "Analyse a CPU profile",
    description:
      "Reads a .cpuprofile of Node or Chrome: the functions that take the time themselves and with what they call (recursion counted once), by package, with callers and hot lines; the hottest way from the top; garbage collection, idle time, blocking calls, module loading; a flame chart.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 60_000,
    examples: [EXAMPLE],
    run: (given, { signal }) =>
      answered(jobs.run("node_cpu_profile_analyze", given, signal), ({ picture, ...value }) =>
        structured(value, textOf(value), ...(picture === undefined ? [] : [image(picture)])),
      ),
  });
}

function textOf(value: Omit<ProfileAnswer, "picture">): string {
  const { durationMs, busyMs, gcMs, samples, functions, packages } = value;
  return [
    `${durationMs} ms in ${samples} samples: ${busyMs} ms busy, ${gcMs} ms of it garbage collection.`,
    `By package: ${packages
      .slice(0, 6)
      .map(({ name, selfPercent }) => `${name} ${selfPercent} %`)
      .join(", ")}.`,
    "Hottest functions (itself, with what it calls):",
    ...functions
      .slice(0, 10)
      .map(
        ({ name, file, line, selfMs, totalMs }) =>
          `- ${name} ${file}:${line} ${selfMs} ms, ${totalMs} ms`,
      ),
    summaryOf(value),
  ].join("\n");
}

const frame = (functionName: string, url: string, lineNumber: number): object => ({
  functionName,
  url,
  lineNumber,
  columnNumber: 0,
  scriptId: "1",
});

const EXAMPLE = {
  title: "Four samples, three of them in one function",
  arguments: {
    content: JSON.stringify({
      nodes: [
        { id: 1, callFrame: frame("(root)", "", -1), hitCount: 0, children: [2] },
        { id: 2, callFrame: frame("main", "file:///app/main.js", 0), hitCount: 1, children: [3] },
        {
          id: 3,
          callFrame: frame("hash", "file:///app/node_modules/hasher/index.js", 9),
          hitCount: 3,
        },
      ],
      startTime: 0,
      endTime: 4_000,
      samples: [2, 3, 3, 3],
      timeDeltas: [0, 1_000, 1_000, 1_000],
    }),
  },
};
