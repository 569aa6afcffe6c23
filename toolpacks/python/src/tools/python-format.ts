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
import { configProperty } from "../lib/schemas.ts";
import type { FormatAnswer, FormatInput } from "../work/format.ts";

const input = plainObject({
  ...codeProperties,
  lineLength: { type: "integer", minimum: 1, maximum: 320, description: "Default 88." },
  quotes: { enum: ["double", "single", "preserve"] },
  indent: { enum: ["space", "tab"] },
  targetVersion,
  preview: { type: "boolean", description: "Use style that ruff still tries out." },
  config: configProperty,
  result: {
    enum: ["diff", "text"],
    description: "What to return of each changed file. Default diff.",
  },
});
const output = answerObject(
  {
    files: { type: "integer" },
    changed: { type: "integer" },
    config: { type: "string", description: "The file whose settings were obeyed." },
    results: {
      type: "array",
      items: {
        type: "object",
        properties: {
          file: { type: "string" },
          removed: { type: "integer" },
          added: { type: "integer" },
          patch: { type: "string", description: "A unified diff, for git apply." },
          text: { type: "string" },
        },
        required: ["file", "removed", "added"],
      },
    },
    ...reportProperties,
  },
  ["files", "changed", "results", ...reportRequired],
);

export function pythonFormat(work: PythonJobs): Tool {
  return defineTool<Given<FormatInput>>({
    name: "python_format",
    title: "Format Python",
    description:
      "Formats Python with ruff's formatter (Black's style) and returns a unified diff or the new text of each file that changes. Obeys [tool.ruff] of a pyproject.toml or ruff.toml among the files. Use it before code is committed, or to see whether it is formatted.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 45_000,
    examples: [
      {
        title: "One file, as text",
        arguments: { content: "x = {  'a':1 }\nif x : print( 'a' )\n", result: "text" },
      },
    ],
    run: (given, { signal }) =>
      onSources(given, (all) => work.run("format", all, signal), {
        answer: (value) => structured(value, textOf(value)),
      }),
  });
}

const MAX_TEXT = 4_000;

function textOf(value: FormatAnswer): string {
  const { files, changed, results, counts } = value;
  const problems = counts.error > 0 ? [summaryOf(value)] : [];
  if (changed === 0) return [`All ${files} files are formatted.`, ...problems].join("\n");
  const listed = results
    .slice(0, 20)
    .map(({ file, removed, added }) => `- ${file}: +${added} −${removed}`);
  const more = changed > 20 ? [`… and ${changed - 20} more.`] : [];
  const [only] = results;
  const shown = changed === 1 ? (only?.text ?? only?.patch ?? "").slice(0, MAX_TEXT) : "";
  return [`${changed} of ${files} files change.`, ...listed, ...more, ...problems, shown]
    .filter((line) => line !== "")
    .join("\n");
}
