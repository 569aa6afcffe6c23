import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import { codeProperties, targetVersion } from "../lib/inputs.ts";
import type { Given } from "../lib/inputs.ts";
import { onSources } from "../lib/run.ts";
import type { PythonJobs } from "../lib/run.ts";
import { byRuleSchema, configProperty, patchesSchema, ruleCodes } from "../lib/schemas.ts";
import type { LintAnswer, LintInput } from "../work/lint.ts";

const input = plainObject({
  ...codeProperties,
  select: ruleCodes("Rules to use instead of the configured ones: F, E501, ALL."),
  extendSelect: ruleCodes("Rules to add."),
  ignore: ruleCodes("Rules to leave out."),
  targetVersion,
  lineLength: { type: "integer", minimum: 1, maximum: 320 },
  preview: { type: "boolean", description: "Use rules that ruff still tries out." },
  config: configProperty,
  fix: {
    enum: ["safe", "all", "none"],
    description:
      "Which fixes make the patches. safe (default): those that keep behaviour and comments.",
  },
});
const output = answerObject(
  {
    files: { type: "integer" },
    config: { type: "string", description: "The file whose settings were obeyed." },
    byRule: byRuleSchema,
    fixable: {
      type: "object",
      properties: { safe: { type: "integer" }, unsafe: { type: "integer" } },
      required: ["safe", "unsafe"],
    },
    patches: patchesSchema,
    ...reportProperties,
  },
  ["files", "byRule", "fixable", "patches", ...reportRequired],
);

export function pythonLint(work: PythonJobs): Tool {
  return defineTool<Given<LintInput>>({
    name: "python_lint",
    title: "Lint Python",
    description:
      "Lints Python with ruff (over 900 rules: Pyflakes, pycodestyle, isort, bugbear, pyupgrade, pylint …) and returns each finding with its place, rule, fix and patch, plus one patch per file that applies all safe fixes. Obeys [tool.ruff] of a pyproject.toml or ruff.toml among the files. Use it after writing or changing Python code.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 45_000,
    examples: [
      {
        title: "An unused import and a comparison with None",
        arguments: {
          content: "import os\nimport sys\n\nif sys.argv == None:\n    print('none')\n",
        },
      },
    ],
    run: (given, { signal }) =>
      onSources(given, (all) => work.run("lint", all, signal), {
        answer: (value) => structured(value, textOf(value)),
      }),
  });
}

function textOf(value: LintAnswer): string {
  const { fixable, patches, files } = value;
  const fixes =
    fixable.safe + fixable.unsafe === 0
      ? []
      : [
          `${fixable.safe} can be fixed safely, ${fixable.unsafe} with care; patches for ${patches.length} of ${files} files are in the structured content.`,
        ];
  return [summaryOf(value), ...fixes].join("\n");
}
