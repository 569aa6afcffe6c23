import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  InputProblem,
  PURE,
  answerObject,
  answered,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import { readSources, sourceProperties } from "flotilla/worker/sources";
import type { SourceInput } from "flotilla/worker/sources";
import { LIMITS } from "../lib/inputs.ts";
import type { Knip } from "../work/dead/knip.node.ts";
import type { DeadAnswer } from "../work/dead/report.ts";

export interface DeadInput extends SourceInput {
  entry?: string[];
  project?: string[];
  ignore?: string[];
}

const READ = /\.(?:[cm]?[jt]sx?|jsonc?|json5|ya?ml|toml|css|scss|less|mdx?)$|(?:^|\/)\.[\w-]+rc$/i;
const names = { type: "array", items: { type: "string" } };
const globs = (description: string): Record<string, unknown> => ({
  type: "array",
  items: { type: "string", minLength: 1, maxLength: 300 },
  minItems: 1,
  maxItems: 200,
  description,
});

const input = plainObject({
  ...sourceProperties(
    {
      files: "The project by relative path: package.json, sources, JSON and YAML configuration.",
      path: "The project's folder.",
    },
    LIMITS,
  ),
  entry: globs(
    "Globs of files where the program starts. Default: from package.json and knip.json.",
  ),
  project: globs("With entry: globs of files that should be in use. Default: all code."),
  ignore: ignoreProperty,
});

const output = answerObject(
  {
    processed: { type: "integer", description: "Files that were read." },
    plugins: { ...names, description: "Tools whose configuration was taken into account." },
    unusedFiles: names,
    unusedDependencies: names,
    notRun: { ...names, description: "Configuration that is a program. It was not run." },
    ...reportProperties,
  },
  ["processed", "plugins", "unusedFiles", "unusedDependencies", "notRun", ...reportRequired],
);

export function codeDead(loadKnip: () => Promise<Knip>): Tool {
  return defineTool<DeadInput>({
    name: "code_dead",
    title: "Find dead code",
    description:
      "Finds what a JavaScript or TypeScript project no longer uses, with knip: files that nothing imports, exports and types used nowhere else, dependencies that are listed and not used or used and not listed, imports that lead nowhere. Workspaces are understood. Nothing of the project is run. Use before a clean-up; pass package.json too.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 45_000,
    maxConcurrent: 4,
    examples: [
      {
        title: "A file, an export and a dependency that nobody uses",
        arguments: {
          files: {
            "package.json":
              '{"name":"greeter","main":"src/index.js","dependencies":{"lodash":"4.17.21"}}',
            "src/index.js": 'import { greet } from "./greet.js";\nconsole.log(greet("you"));\n',
            "src/greet.js":
              "export const greet = (name) => `Hello, ${name}`;\nexport const part = () => `Bye`;\n",
            "src/old.js": "export const old = 1;\n",
          },
        },
      },
    ],
    run: (given, { signal }) =>
      answered(findDead(given, loadKnip, signal), (value) => structured(value, textOf(value))),
  });
}

async function findDead(
  { entry, project, ignore, ...sources }: DeadInput,
  loadKnip: () => Promise<Knip>,
  signal: AbortSignal,
): Promise<DeadAnswer> {
  const all = await readSources(sources, {
    ...LIMITS,
    contentName: "index.js",
    include: (path) => READ.test(path),
  });
  if (project !== undefined && entry === undefined)
    throw new InputProblem("project needs entry.", { hint: "Give both, or neither." });
  const files = Object.entries(all).filter(
    ([path]) => READ.test(path) && (entry === undefined || !/^\.?knip\.jsonc?$/.test(path)),
  );
  if (files.length === 0) throw new InputProblem("There is no JavaScript or TypeScript here.");
  if (entry !== undefined)
    files.push(["knip.json", JSON.stringify({ entry, ...(project && { project }) })]);
  const knip = await loadKnip();
  const found = await knip.analyse(files, signal);
  const [{ reportDead }, { NOWHERE }] = await Promise.all([
    import("../work/dead/report.ts"),
    import("../work/dead/tree.node.ts"),
  ]);
  return reportDead(found, files, { ignore, nowhere: NOWHERE });
}

function textOf(value: DeadAnswer): string {
  const { processed, unusedFiles, unusedDependencies, notRun } = value;
  return [
    `${processed} files read: ${unusedFiles.length} are unused, and ${unusedDependencies.length} dependencies.`,
    summaryOf(value),
    ...(notRun.length === 0
      ? []
      : [`Not run, so what they name may look unused: ${notRun.slice(0, 5).join(", ")}.`]),
  ].join("\n");
}
