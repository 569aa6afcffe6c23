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
import { sourceProperties } from "flotilla/worker/sources";
import type { SourceInput } from "flotilla/worker/sources";
import type { PackJobs } from "../jobs.ts";
import { PACKAGE_LIMITS } from "../limits.ts";
import type { ReviewAnswer, ReviewInput } from "../work/package/review.ts";
import { boolean, integer, list, object, string } from "./schema.ts";

const names = { type: "array", items: { type: "string", maxLength: 100 }, maxItems: 300 };
const input = plainObject({
  ...sourceProperties(
    {
      content: "A package.json alone.",
      files:
        "package.json, the lockfile beside it (npm, pnpm or yarn), and for a package to publish also the files it ships: then its entry points are checked too.",
      path: "A package's folder.",
    },
    PACKAGE_LIMITS,
  ),
  licenses: {
    ...plainObject({
      allow: { ...names, description: "SPDX ids; all others are findings." },
      deny: { ...names, description: "SPDX ids that are findings." },
    }),
    description:
      "Default: strong copyleft in production is a finding. Only npm's lockfiles tell licences.",
  },
  ignore: ignoreProperty,
});

const output = object({
  "name?": string,
  "version?": string,
  private: boolean,
  "lockfile?": object({ file: string, format: string, formatVersion: string, packages: integer }),
  entriesChecked: boolean,
  licenses: list({ license: string, packages: integer }),
  ...reportProperties,
});

export function packageReviewTool(jobs: Jobs<PackJobs>): Tool {
  return defineTool<ReviewInput & SourceInput>({
    name: "node_package_review",
    title: "Review a package",
    description:
      "Reviews package.json with its lockfile: invalid names, versions, licences and engines; ranges without an upper bound, tags, URLs; a lockfile out of step; deprecated, doubled, unverified or scripted dependencies; engines that contradict; licences against a policy; entry points and exports as others will import them (publint). Fixes as JSON Patch where they are certain.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 45_000,
    examples: [
      {
        title: "A manifest that asks for anything",
        arguments: {
          content: JSON.stringify({
            name: "app",
            version: "1.0",
            license: "Apache 2",
            dependencies: { left: "*", right: "github:a/right#main" },
            devDependencies: { left: "^1.0.0" },
          }),
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("node_package_review", given, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: ReviewAnswer): string {
  const { name = "The package", version, lockfile } = value;
  const locked =
    lockfile === undefined
      ? "no lockfile"
      : `${lockfile.packages} packages in a lockfile of ${lockfile.format} ${lockfile.formatVersion}`;
  return [
    `${name}${version === undefined ? "" : `@${version}`}: ${locked}.`,
    summaryOf(value),
  ].join("\n");
}
