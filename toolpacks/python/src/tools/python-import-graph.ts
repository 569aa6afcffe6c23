import { defineTool, image, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import { codeProperties } from "../lib/inputs.ts";
import type { Given } from "../lib/inputs.ts";
import { onSources } from "../lib/run.ts";
import type { PythonJobs } from "../lib/run.ts";
import { globs, listOf, numbers } from "../lib/schemas.ts";
import type { ImportAnswer, ImportInput } from "../work/import-review.ts";

const name = { type: "string", minLength: 1, maxLength: 100 };
const { content: _content, ...filesOrPath } = codeProperties;
const input = plainObject({
  ...filesOrPath,
  layers: {
    type: "array",
    maxItems: 30,
    items: plainObject({ name, paths: globs("Globs of its files: app/web/**.") }, [
      "name",
      "paths",
    ]),
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
  entries: globs("Files that are used from outside, beside scripts, tests and packages."),
  picture: { type: "boolean", description: "Default true." },
  ignore: ignoreProperty,
});
const text = { type: "string" };
const output = answerObject(
  {
    ...numbers("files", "imports", "levels"),
    modules: listOf(
      { file: text, module: text, ...numbers("lines", "importedBy", "imports", "level") },
      "Most imported first.",
    ),
    cycles: listOf({
      modules: { type: "integer" },
      path: { type: "array", items: text },
      cut: {
        type: "object",
        properties: { from: text, to: text, ...numbers("line", "column") },
        required: ["from", "to", "line", "column"],
      },
      soft: { type: "boolean" },
    }),
    externals: listOf({ name: text, modules: { type: "integer" } }),
    standard: { type: "array", items: text, description: "Modules of Python's own library." },
    unused: { type: "array", items: text },
    ...reportProperties,
  },
  [
    "files",
    "imports",
    "levels",
    "modules",
    "cycles",
    "externals",
    "standard",
    "unused",
    ...reportRequired,
  ],
);

export function pythonImportGraph(work: PythonJobs): Tool {
  return defineTool<Given<ImportInput>>({
    name: "python_import_graph",
    title: "Draw and review Python imports",
    description:
      "Builds the import graph of Python files (absolute, relative and literal dynamic imports, __init__ packages, src layouts) and reviews it: circles with the tie that is easiest to cut, breaks of your layers and rules, unresolved imports, modules nobody uses, tests in production; external and standard packages; a picture. Use it before moving modules, and to understand an unknown code base.",
    input,
    output,
    annotations: PURE,
    examples: [
      {
        title: "A circle and a layer that looks up",
        arguments: {
          files: {
            "app/__init__.py": "",
            "app/web.py": "from app import store\n\ndef page():\n    return store.load()\n",
            "app/store.py": "from app.web import page\n\ndef load():\n    return page\n",
          },
          layers: [
            { name: "web", paths: ["app/web.py"] },
            { name: "data", paths: ["app/store.py"] },
          ],
        },
      },
    ],
    run: (given, { signal }) =>
      onSources(given, (all) => work.run("imports", all, signal), {
        answer: ({ picture, ...value }) =>
          structured(value, textOf(value), ...(picture === undefined ? [] : [image(picture)])),
      }),
  });
}

function textOf(value: Omit<ImportAnswer, "picture">): string {
  const { files, imports, levels, cycles, externals, modules } = value;
  const hubs = modules
    .slice(0, 5)
    .filter(({ importedBy }) => importedBy > 0)
    .map((one) => `${one.module} (${one.importedBy}→${one.imports})`);
  return [
    `${files} modules, ${imports} imports, ${levels} levels, ${cycles.filter(({ soft }) => !soft).length} circles.`,
    hubs.length === 0 ? "" : `Most imported: ${hubs.join(", ")}.`,
    externals.length === 0
      ? ""
      : `Packages from outside: ${externals
          .slice(0, 15)
          .map((one) => one.name)
          .join(", ")}.`,
    summaryOf(value),
  ]
    .filter((line) => line !== "")
    .join("\n");
}
