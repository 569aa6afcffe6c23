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
import { BUNDLE_LIMITS } from "../limits.ts";
import type { BundleAnswer, BundleInput } from "../work/bundle/analyze.node.ts";
import { sizeText } from "../work/size-text.ts";
import { integer, list, number, object, string, strings } from "./schema.ts";

const names = (description: string): object => ({
  type: "array",
  items: { type: "string", minLength: 1, maxLength: 500 },
  maxItems: 100,
  description,
});
const input = plainObject({
  ...sourceProperties(
    {
      files: "Modules by relative path; packages under node_modules/ with their package.json.",
      path: "The project's folder; packages are found as Node finds them.",
    },
    BUNDLE_LIMITS,
  ),
  entries: names("Where the bundle starts. Default: src/index or src/main."),
  platform: { enum: ["browser", "node", "neutral"], description: "Default browser." },
  format: { enum: ["esm", "cjs", "iife"], description: "Default esm." },
  minify: { type: "boolean", description: "Default true." },
  target: { type: "string", maxLength: 100, description: "Such as es2022, chrome120 or node24." },
  external: names("Packages that stay outside."),
  conditions: names("More conditions for exports."),
  picture: { enum: ["treemap", "none"], description: "Default treemap: an SVG." },
  ignore: ignoreProperty,
});

const sizes = { bytes: integer, gzipBytes: integer, brotliBytes: integer };
const output = object({
  entries: strings,
  outputs: list({ file: string, ...sizes }),
  total: object(sizes),
  rawBytes: integer,
  modules: list({
    file: string,
    "package?": string,
    format: { enum: ["esm", "cjs", "other"] },
    rawBytes: integer,
    ...sizes,
    percent: number,
    importedBy: strings,
  }),
  modulesTotal: integer,
  packages: list({
    name: string,
    bytes: integer,
    percent: number,
    modules: integer,
    cjsBytes: integer,
    rawBytes: integer,
  }),
  shaking: object({
    keptForSideEffects: integer,
    byPackage: list({ name: string, bytes: integer }),
    cjsBytes: integer,
  }),
  external: strings,
  missing: list({ name: string, from: string }),
  ...reportProperties,
});

export function bundleTool(jobs: Jobs<PackJobs>): Tool {
  return defineTool<BundleInput & SourceInput>({
    name: "node_bundle_analyze",
    title: "Analyse a bundle",
    description:
      "Bundles the given modules with esbuild and tells what the bundle is made of: size by module and package, as written, minified, gzip and brotli; what tree shaking had to keep because a package does not declare itself free of side effects (measured by a second build) or is CommonJS; packages that are in it twice; a treemap.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 60_000,
    maxConcurrent: 2,
    examples: [
      {
        title: "An unused export, and a package that keeps itself in",
        arguments: {
          files: {
            "src/main.ts":
              'import { used } from "./lib";\nimport { pick } from "tools";\nconsole.log(used(pick()));\n',
            "src/lib.ts":
              "export const used = (n: number) => n + 1;\nexport const unused = () => 'never';\n",
            "node_modules/tools/package.json":
              '{"name":"tools","version":"1.0.0","module":"./index.js"}',
            "node_modules/tools/index.js":
              "export * from './pick.js';\nexport * from './other.js';\n",
            "node_modules/tools/pick.js": "export const pick = () => 1;\n",
            "node_modules/tools/other.js":
              "globalThis.registry = ['kept', 'for', 'its', 'side', 'effect'];\nexport const other = () => 2;\n",
          },
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("node_bundle_analyze", given, signal), ({ picture, ...value }) =>
        structured(value, textOf(value), ...(picture === undefined ? [] : [image(picture)])),
      ),
  });
}

function textOf(value: Omit<BundleAnswer, "picture">): string {
  const { entries, total, modulesTotal, rawBytes, packages, modules, shaking } = value;
  return [
    `${entries.join(", ")}: ${modulesTotal} modules, ${sizeText(rawBytes)} as written, ${sizeText(total.bytes)} in the bundle, gzip ${sizeText(total.gzipBytes)}, brotli ${sizeText(total.brotliBytes)}.`,
    `By package: ${packages
      .slice(0, 8)
      .map(({ name, bytes, percent }) => `${name} ${sizeText(bytes)} (${percent} %)`)
      .join(", ")}.`,
    `Largest modules: ${modules
      .slice(0, 6)
      .map(({ file, bytes }) => `${file} ${sizeText(bytes)}`)
      .join(", ")}.`,
    shaking.keptForSideEffects > 0
      ? `${sizeText(shaking.keptForSideEffects)} are kept only because packages do not declare themselves free of side effects.`
      : "",
    summaryOf(value),
  ]
    .filter((one) => one !== "")
    .join("\n");
}
