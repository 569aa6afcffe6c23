import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  answered,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import type { PackJobs } from "../jobs.ts";
import { fields, list, whole, words, yesNo } from "../lib/fields.ts";
import { codeProperties } from "../lib/inputs.ts";
import type { CodeArguments } from "../lib/inputs.ts";
import type { SurfaceAnswer, SurfaceOptions } from "../work/surface/review.ts";

export interface SideInput extends CodeArguments {
  entry?: string;
}
export interface SurfaceInput extends SurfaceOptions {
  before: SideInput;
  after: SideInput;
}

const short = { type: "string", minLength: 1, maxLength: 300 };
const side = plainObject({
  ...codeProperties("declarations (.d.ts), TypeScript or JavaScript"),
  entry: {
    ...short,
    description:
      "The file that others import. Default: types of package.json, index.d.ts and the like.",
  },
});
const about = answerObject({ entry: words, exports: whole }, ["entry", "exports"]);

export function apiSurfaceDiff(jobs: Jobs<PackJobs>): Tool {
  return defineTool<SurfaceInput>({
    name: "api_surface_diff",
    title: "Compare API surfaces",
    description:
      "Compares what two versions of a TypeScript or JavaScript package offer (declarations or sources): exports, signatures, members of classes and interfaces, types, by TypeScript's own checker. Says for each difference whether it breaks those who use it, and which version (semver) the change asks for. Use before a release, or before an upgrade.",
    input: plainObject(
      {
        before: side,
        after: side,
        version: {
          ...short,
          description: "The version of before. Default: from its package.json.",
        },
        ignore: ignoreProperty,
      },
      ["before", "after"],
    ),
    output: answerObject(
      {
        breaking: yesNo,
        bump: { enum: ["major", "minor", "patch"] },
        before: about,
        after: about,
        changes: answerObject(fields("major minor none", whole), ["major", "minor", "none"]),
        ...fields("current next", words),
        skipped: list(fields("file reason", words)),
        ...reportProperties,
      },
      [..."breaking bump before after changes skipped".split(" "), ...reportRequired],
    ),
    annotations: PURE,
    timeLimitMs: 60_000,
    examples: [
      {
        title: "One more argument",
        arguments: {
          before: {
            filename: "index.d.ts",
            content: "export declare function add(a: number): number;\n",
          },
          after: {
            filename: "index.d.ts",
            content: "export declare function add(a: number, b: number): number;\n",
          },
          version: "1.2.3",
        },
      },
    ],
    run: (input, { signal }) =>
      answered(jobs.run("api_surface_diff", input, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: SurfaceAnswer): string {
  const { bump, changes, current, next, before, after } = value;
  const versions = next === undefined ? "" : ` ${current} → ${next}.`;
  return [
    `${changes.major} breaking, ${changes.minor} compatible changes; exports ${before.exports} → ${after.exports}. Version: ${bump}.${versions}`,
    summaryOf(value),
  ].join("\n");
}
