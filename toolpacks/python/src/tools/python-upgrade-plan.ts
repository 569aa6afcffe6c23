import { defineTool, structured } from "flotilla/worker";
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
import { listOf, numbers, patchesSchema } from "../lib/schemas.ts";
import type { UpgradeAnswer, UpgradeInput } from "../work/upgrade.ts";

const text = { type: "string" };
const input = plainObject(
  {
    ...codeProperties,
    target: {
      type: "string",
      pattern: "^3\\.(?:[7-9]|1[0-5])$",
      description: "The Python to move to, such as 3.12.",
    },
    unsafeFixes: {
      type: "boolean",
      description:
        "Let the patch hold changes that ruff does not call safe. Default true: read it.",
    },
    ignore: ignoreProperty,
  },
  ["target"],
);
const output = answerObject(
  {
    files: { type: "integer" },
    target: text,
    minimum: { type: "string", description: "The oldest Python 3 (from 3.7) that runs all of it." },
    reasons: {
      ...listOf({ what: text, since: text, file: text, line: { type: "integer" } }),
      description: "What asks for that minimum.",
    },
    ...numbers("blockers"),
    modernisations: listOf({ rule: text, name: text, count: { type: "integer" } }),
    patches: patchesSchema,
    ...reportProperties,
  },
  [
    "files",
    "target",
    "minimum",
    "reasons",
    "blockers",
    "modernisations",
    "patches",
    ...reportRequired,
  ],
);

export function pythonUpgradePlan(work: PythonJobs): Tool {
  return defineTool<Given<UpgradeInput>>({
    name: "python_upgrade_plan",
    title: "Plan a Python upgrade",
    description:
      "Tells the least Python version that code needs now and why (syntax, modules, names of the library), and what a target version changes: modules and names that are gone, with what to use instead, and syntax that becomes simpler, with one patch per file (ruff's pyupgrade rules). Use it before raising requires-python or a base image.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 45_000,
    examples: [
      {
        title: "From 3.8 to 3.13",
        arguments: {
          target: "3.13",
          content:
            "import cgi\nfrom collections import Mapping\nfrom typing import List, Optional\n\ndef f(x: Optional[List[int]]) -> str:\n    if (n := len(x or [])) > 1:\n        return '%s items' % n\n    return cgi.escape('')\n",
        },
      },
    ],
    run: (given, { signal }) =>
      onSources(given, (all) => work.run("upgrade", all, signal), {
        answer: (value) => structured(value, textOf(value)),
      }),
  });
}

function textOf(value: UpgradeAnswer): string {
  const { minimum, reasons, target, blockers, modernisations, patches, files } = value;
  const why = reasons.slice(0, 3).map(({ what, file, line }) => `${what} (${file}:${line})`);
  const modern = modernisations.slice(0, 6).map(({ name, count }) => `${name} ${count}`);
  return [
    `Needs Python ${minimum} or later now${why.length === 0 ? "." : `: ${why.join(", ")}.`}`,
    blockers === 0
      ? `Nothing that it uses is gone in ${target}.`
      : `${blockers} things that it uses are gone in ${target}.`,
    modern.length === 0
      ? ""
      : `Can be made simpler: ${modern.join(", ")}; patches for ${patches.length} of ${files} files.`,
    summaryOf(value),
  ]
    .filter((line) => line !== "")
    .join("\n");
}
