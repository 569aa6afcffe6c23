import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import { PURE, answerObject, answered, plainObject } from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import type { PackJobs } from "../jobs.ts";
import { codeProperties } from "../lib/inputs.ts";
import type { CodeArguments } from "../lib/inputs.ts";
import type { FormatAnswer, FormatOptions } from "../work/format/format.ts";

export interface FormatInput extends CodeArguments, FormatOptions {}

const words = { type: "string" };
const style = plainObject({
  lineWidth: { type: "integer", minimum: 1, maximum: 320 },
  indentStyle: { enum: ["tab", "space"] },
  indentWidth: { type: "integer", minimum: 1, maximum: 24 },
  quotes: { enum: ["single", "double"] },
  semicolons: { enum: ["always", "asNeeded"] },
  trailingCommas: { enum: ["all", "es5", "none"] },
});

export function codeFormat(jobs: Jobs<PackJobs>): Tool {
  return defineTool<FormatInput>({
    name: "code_format",
    title: "Format code",
    description:
      "Formats JavaScript, TypeScript, JSX, JSON, CSS and GraphQL with Biome, and SCSS, Less, HTML, Vue, Markdown, MDX, YAML and Handlebars with Prettier. Answers a patch for git apply or the new text of each file, and where a file cannot be parsed. Use before committing; for Python use python_format.",
    input: plainObject({
      ...codeProperties("any of the languages above"),
      style: {
        ...style,
        description: "How it should look. Default: as Biome and Prettier have it.",
      },
      engine: {
        enum: ["auto", "biome", "prettier"],
        description: "Default auto. prettier formats everything with Prettier.",
      },
      answer: { enum: ["patch", "content"], description: "Default patch." },
    }),
    output: answerObject(
      {
        files: {
          type: "array",
          items: answerObject(
            {
              file: words,
              engine: { enum: ["biome", "prettier"] },
              changed: { type: "boolean" },
              patch: words,
              content: words,
            },
            ["file", "engine", "changed"],
          ),
        },
        changed: { type: "integer" },
        failed: {
          type: "array",
          items: answerObject({ file: words, reason: words }, ["file", "reason"]),
        },
      },
      ["files", "changed", "failed"],
    ),
    annotations: PURE,
    timeLimitMs: 30_000,
    examples: [
      {
        title: "One function, with spaces and single quotes",
        arguments: {
          filename: "greet.ts",
          content: 'export const greet=(name:string)=>{return "Hello, "+name}',
          style: { indentStyle: "space", quotes: "single" },
        },
      },
    ],
    run: (input, { signal }) =>
      answered(jobs.run("code_format", input, signal), (value) => structured(value, textOf(value))),
  });
}

function textOf({ files, changed, failed }: FormatAnswer): string {
  const [only] = files;
  const detail = files.length === 1 ? (only?.patch ?? only?.content ?? "") : "";
  const names = files.filter((one) => one.changed).map(({ file }) => file);
  return [
    `${files.length} formatted, ${changed} changed, ${failed.length} could not be parsed.`,
    ...failed.slice(0, 5).map(({ file, reason }) => `- ${file}: ${reason}`),
    ...(files.length === 1
      ? [detail.slice(0, 4_000)]
      : names.slice(0, 20).map((name) => `- ${name}`)),
  ]
    .filter((line) => line !== "")
    .join("\n");
}
