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
import { amount, fields, list, whole, wordList, words } from "../lib/fields.ts";
import { codeProperties } from "../lib/inputs.ts";
import type { CodeArguments } from "../lib/inputs.ts";
import type { TypeCoverageAnswer, TypeCoverageOptions } from "../work/types/coverage.ts";

export interface TypeCoverageInput extends CodeArguments, TypeCoverageOptions {}

const CASTS = "cast-to-any double-cast cast-from-any cast-down non-null suppressed-check";

const output = answerObject(
  {
    ...fields("identifiers typed", whole),
    percent: amount,
    files: list({ file: words, ...fields("identifiers typed", whole), percent: amount }),
    sources: list({
      ...fields("file cause name", words),
      ...fields("line column", whole),
      spread: { ...whole, description: "Names that have no type because of it." },
    }),
    exports: answerObject(fields("total untyped", whole), ["total", "untyped"]),
    casts: answerObject(fields(CASTS, whole), CASTS.split(" ")),
    unresolved: { ...wordList, description: "Imported modules whose types were not there." },
    skipped: list(fields("file reason", words)),
    ...reportProperties,
  },
  [
    ..."identifiers typed percent files sources exports casts unresolved skipped".split(" "),
    ...reportRequired,
  ],
);

export function typeCoverage(jobs: Jobs<PackJobs>): Tool {
  return defineTool<TypeCoverageInput>({
    name: "type_coverage",
    title: "Measure type coverage",
    description:
      "Measures how much of TypeScript or JavaScript code has types, by TypeScript's own checker: the share of names that are not any, per file; the declarations, calls and casts where any begins and how far each spreads; exports without types; unsafe casts, non-null assertions and suppressed checks. Casts that are not needed and any that can be unknown come with a patch that was tried. Give a folder as path, or the packages' declarations among files, so that imports are known.",
    input: plainObject({
      ...codeProperties("TypeScript or JavaScript"),
      atLeast: {
        type: "number",
        minimum: 0,
        maximum: 100,
        description: "Percent that must have a type; less is an error.",
      },
      ignore: ignoreProperty,
    }),
    output,
    annotations: PURE,
    timeLimitMs: 60_000,
    examples: [
      {
        title: "Where any comes from, and how far it goes",
        arguments: {
          filename: "settings.ts",
          content:
            'export function load(text: string) {\n  const settings = JSON.parse(text);\n  const port = settings.port as number;\n  return { port, host: settings.host };\n}\nexport const name = ("a" as any) as string;\n',
        },
      },
    ],
    run: (input, { signal }) =>
      answered(jobs.run("type_coverage", input, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: TypeCoverageAnswer): string {
  const { percent, typed, identifiers, exports, sources, unresolved, skipped } = value;
  return [
    `${percent} % typed: ${typed} of ${identifiers} names. Exports: ${exports.total}, with untyped parts: ${exports.untyped}.`,
    ...sources
      .slice(0, 5)
      .map((one) => `- ${one.file}:${one.line} ${one.name} (${one.cause}): ${one.spread} names`),
    summaryOf(value, 8),
    ...(unresolved.length === 0 ? [] : [`Types not here: ${unresolved.slice(0, 8).join(", ")}.`]),
    ...skipped.slice(0, 5).map(({ file, reason }) => `Not read: ${file}: ${reason}`),
  ].join("\n");
}
