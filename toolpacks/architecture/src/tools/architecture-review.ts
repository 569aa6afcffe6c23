import { defineTool, image, structured } from "flotilla/worker";
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
import { codeProperties, globs } from "../lib/inputs.ts";
import type { ReviewAnswer, ReviewInput } from "../work/review.ts";

const name = { type: "string", minLength: 1, maxLength: 100 };
const objects = { type: "array", items: { type: "object" } };
const input = plainObject({
  ...codeProperties,
  layers: {
    type: "array",
    maxItems: 30,
    items: plainObject({ name, paths: globs("Globs of its modules.") }, ["name", "paths"]),
    description: "From top to bottom; a layer may import itself and those below.",
  },
  rules: {
    type: "array",
    maxItems: 100,
    items: plainObject(
      {
        name,
        from: globs("Globs."),
        to: globs("Globs that they must not import."),
        because: { type: "string", maxLength: 300 },
      },
      ["name", "from", "to"],
    ),
  },
  picture: {
    enum: ["auto", "modules", "folders", "none"],
    description: "Default auto: modules up to 80, else folders.",
  },
  ignore: ignoreProperty,
});
const output = answerObject(
  {
    modules: { type: "integer" },
    imports: { type: "integer" },
    lines: { type: "integer" },
    externals: objects,
    cycles: objects,
    folders: objects,
    hubs: objects,
    levels: { type: "integer" },
    ...reportProperties,
  },
  [
    "modules",
    "imports",
    "lines",
    "externals",
    "cycles",
    "folders",
    "hubs",
    "levels",
    ...reportRequired,
  ],
);

export function architectureReview(jobs: Jobs<PackJobs>): Tool {
  return defineTool<ReviewInput>({
    name: "architecture_review",
    title: "Review an architecture",
    description:
      "Builds the module graph of a code base and reviews it: import cycles with the tie that is easiest to cut, breaks of your layers and rules, hubs, folders that lean on less stable ones, imports past an index, orphans, tests in production, unresolved imports; coupling and instability per folder; a picture. JavaScript and TypeScript from source; other languages by passing modules and their imports.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 45_000,
    examples: [
      {
        title: "A circle, and a layer that looks up",
        arguments: {
          files: {
            "src/ui/page.ts":
              'import { load } from "../data/store.ts";\nexport const page = () => load();\n',
            "src/data/store.ts":
              'import { parse } from "./parse.ts";\nimport { page } from "../ui/page.ts";\nexport const load = () => parse(String(page));\n',
            "src/data/parse.ts": "export const parse = (text: string) => JSON.parse(text);\n",
          },
          layers: [
            { name: "ui", paths: ["src/ui/**"] },
            { name: "data", paths: ["src/data/**"] },
          ],
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("architecture_review", given, signal), ({ picture, ...value }) =>
        structured(value, textOf(value), ...(picture === undefined ? [] : [image(picture)])),
      ),
  });
}

function textOf(value: Omit<ReviewAnswer, "picture">): string {
  const { modules, imports, levels, lines, cycles, hubs, folders } = value;
  return [
    `${modules} modules with ${lines} lines in ${folders.length} folders, ${imports} imports, ${levels} levels, ${cycles.filter(({ typeOnly }) => !typeOnly).length} cycles.`,
    hubs.length === 0
      ? ""
      : `Most connected: ${hubs
          .slice(0, 5)
          .map((one) => `${one.module} (${one.importedBy}→${one.imports})`)
          .join(", ")}.`,
    summaryOf(value),
  ]
    .filter((one) => one !== "")
    .join("\n");
}
