import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import { PURE, answerObject, answered, plainObject } from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import type { PackJobs } from "../jobs.ts";
import { codeProperties } from "../lib/inputs.ts";
import type { PlanAnswer, PlanInput } from "../work/plan.ts";

const strings = { type: "array", items: { type: "string" } };
const stepSchema = {
  type: "object",
  properties: {
    id: { type: "string" },
    title: { type: "string" },
    why: { type: "string" },
    files: strings,
    lines: { type: "integer" },
    size: { enum: ["S", "M", "L", "XL"] },
    after: strings,
    risks: strings,
    done: { type: "string" },
    edits: { type: "array", items: { type: "object" } },
  },
  required: ["id", "title", "why", "files", "lines", "size", "after", "risks", "done"],
};
const input = plainObject(
  {
    ...codeProperties,
    goal: { enum: ["services", "esm", "typescript", "framework"] },
    from: {
      type: "string",
      minLength: 1,
      maxLength: 200,
      description: "For framework: the package to leave.",
    },
    to: {
      type: "string",
      minLength: 1,
      maxLength: 200,
      description: "For framework: the package to come to.",
    },
    services: {
      type: "integer",
      minimum: 2,
      maximum: 50,
      description: "For services: about how many.",
    },
  },
  ["goal"],
);
const output = answerObject(
  {
    goal: { type: "string" },
    modules: { type: "integer" },
    ready: { type: "integer" },
    steps: { type: "array", items: stepSchema },
    services: { type: "array", items: { type: "object" } },
    blockers: { type: "array", items: { type: "object" } },
    totals: { type: "object" },
  },
  ["goal", "modules", "ready", "steps", "blockers", "totals"],
);

export function migrationPlan(jobs: Jobs<PackJobs>): Tool {
  return defineTool<PlanInput>({
    name: "migration_plan",
    title: "Plan a migration",
    description:
      "Plans a migration from the module graph, in ordered and sized steps that keep the code base working: a split into services (with contracts, shared parts and mutual needs), CommonJS to ESM (with the certain line edits), JavaScript to TypeScript, or one package to another. Each step names its files, what comes before, risks, and how to see that it is done.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 45_000,
    examples: [
      {
        title: "Two CommonJS modules to ESM",
        arguments: {
          goal: "esm",
          files: {
            "lib/greet.js":
              "const { upper } = require('./text');\nmodule.exports = function greet(name) {\n  return upper(name);\n};\n",
            "lib/text.js": "const upper = (text) => text.toUpperCase();\nexports.upper = upper;\n",
          },
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("migration_plan", given, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf({ goal, modules, ready, steps, services, blockers, totals }: PlanAnswer): string {
  if (steps.length === 0) return `${goal}: nothing to do in ${modules} modules.`;
  const shown = steps.slice(0, 20);
  return [
    `${goal}: ${totals.steps} steps over ${totals.files} files with ${totals.lines} lines; ${ready} of ${modules} modules need no change.`,
    ...(services ?? [])
      .slice(0, 15)
      .map(
        ({ name, modules: own, cohesion, needs }) =>
          `- service ${name}: ${own.length} modules, cohesion ${cohesion}, needs ${needs.join(", ") || "none"}`,
      ),
    ...shown.map(
      ({ id, title, size, after }) =>
        `- ${id} [${size}] ${title}${after.length === 0 ? "" : ` (after ${after.slice(0, 4).join(", ")}${after.length > 4 ? ", …" : ""})`}`,
    ),
    ...(steps.length > shown.length ? [`… and ${steps.length - shown.length} more steps.`] : []),
    ...blockers
      .slice(0, 8)
      .map(({ file, line, message }) => `- blocker ${file}:${line} ${message}`),
  ].join("\n");
}
