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
import type { CompatAnswer, CompatInput } from "../work/compat/check.ts";
import { boolean, integer, list, object, string, strings } from "./schema.ts";

const input = plainObject({
  ...sourceProperties(
    {
      files: "A package's files by path, as they are published: package.json, code, declarations.",
      path: "The package's folder, built.",
    },
    PACKAGE_LIMITS,
  ),
  types: {
    type: "boolean",
    description: "Check the types with TypeScript too; takes a second or two. Default true.",
  },
  ignore: ignoreProperty,
});

const status = { enum: ["ok", "not-exported", "missing", "mismatch", "esm-by-require"] };
const format = { enum: ["esm", "cjs", "json", "wasm", "addon", "other"] };
const output = object({
  name: string,
  version: string,
  entries: list({
    entry: string,
    pattern: boolean,
    consumers: list({ consumer: string, status, "file?": string, "format?": format }),
  }),
  summary: list({ consumer: string, ok: integer, of: integer, worst: status }),
  types: object({
    checked: boolean,
    kind: { enum: ["included", "none"] },
    resolutions: list({
      entry: string,
      resolution: string,
      "types?": string,
      "implementation?": string,
      problems: strings,
    }),
    problems: list({
      rule: string,
      severity: string,
      message: string,
      object: string,
      "fix?": string,
      reference: string,
    }),
  }),
  ...reportProperties,
});

export function moduleCompatTool(jobs: Jobs<PackJobs>): Tool {
  return defineTool<CompatInput & SourceInput>({
    name: "node_module_compat",
    title: "Check module compatibility",
    description:
      "Resolves every entry point of a package as its users do - Node by import and by require, bundlers, Deno, Bun, workerd, React Native - and tells which file and module system each gets, whether it is there, and whether its words fit its name; TypeScript's view of the types in all its modes (arethetypeswrong); publint's rules.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 60_000,
    maxConcurrent: 2,
    examples: [
      {
        title: "ES module code that package.json calls CommonJS",
        arguments: {
          files: {
            "package.json": JSON.stringify({
              name: "lib",
              version: "1.0.0",
              type: "commonjs",
              exports: {
                ".": { import: "./index.js", require: "./index.cjs" },
                "./gone": "./gone.js",
              },
            }),
            "index.js": "export const a = 1;\n",
            "index.cjs": "exports.a = 1;\n",
          },
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("node_module_compat", given, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: CompatAnswer): string {
  const { name, version, entries, summary, types } = value;
  return [
    `${name}@${version}: ${entries.length} entries; types ${types.checked ? types.kind : "not checked"}.`,
    ...summary.map(
      ({ consumer, ok, of, worst }) =>
        `- ${consumer}: ${ok} of ${of} work${worst === "ok" ? "" : ` (${worst})`}`,
    ),
    summaryOf(value),
  ].join("\n");
}
