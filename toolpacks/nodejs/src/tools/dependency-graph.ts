import { defineTool, image, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import { PURE, answered, plainObject } from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import type { SourceInput } from "flotilla/worker/sources";
import type { PackJobs } from "../jobs.ts";
import type { GraphAnswer, GraphInput } from "../work/graph/graph.ts";
import { lockProperties } from "./lock-input.ts";
import { boolean, integer, list, object, string, strings } from "./schema.ts";

const input = plainObject({
  ...lockProperties,
  why: {
    type: "array",
    items: { type: "string", minLength: 1, maxLength: 300 },
    minItems: 1,
    maxItems: 20,
    description:
      "Packages to explain, each by name or name@version: who needs them, and the ways to them.",
  },
  include: { enum: ["all", "production"], description: "Default all, development too." },
  edges: { type: "boolean", description: "Also list all nodes and edges. Default false." },
  picture: { enum: ["auto", "none"], description: "Default auto: an SVG of at most 200 packages." },
});

const output = object({
  format: { enum: ["npm", "pnpm", "yarn", "yarn-classic"] },
  formatVersion: string,
  projects: list({ id: string, prod: integer, dev: integer, optional: integer }),
  packages: integer,
  production: integer,
  needs: integer,
  maxDepth: integer,
  deepest: strings,
  duplicates: list({
    name: string,
    versions: list({ version: string, ids: strings }),
    copies: integer,
  }),
  cycles: { type: "array", items: strings },
  hubs: list({ id: string, neededBy: integer, brings: integer }),
  heaviest: list({ id: string, brings: integer, alone: integer }),
  unreached: strings,
  unmet: list({ id: string, name: string, range: string, kind: string }),
  why: list({
    asked: string,
    packages: list({
      id: string,
      depth: integer,
      production: boolean,
      askedBy: list({ id: string, range: string, kind: string }),
      ways: { type: "array", items: strings },
    }),
  }),
  "nodes?": list({ id: string, depth: integer, production: boolean }),
  "edges?": { type: "array", items: { ...strings, minItems: 2, maxItems: 2 } },
});

export function dependencyGraphTool(jobs: Jobs<PackJobs>): Tool {
  return defineTool<GraphInput & SourceInput>({
    name: "node_dependency_graph",
    title: "Show a dependency graph",
    description:
      "Reads a lockfile of npm, pnpm or yarn into a graph: why a package is there (the shortest ways, and who asks for which range), several versions or copies of one package, depth, cycles, hubs, which direct dependency brings how much and what alone, needs that nothing meets; a picture.",
    input,
    output,
    annotations: PURE,
    timeLimitMs: 45_000,
    examples: [
      {
        title: "Why two versions of ms are there",
        arguments: {
          content: JSON.stringify({
            name: "app",
            lockfileVersion: 3,
            packages: {
              "": { name: "app", version: "1.0.0", dependencies: { debug: "^4.3.0", ms: "2.0.0" } },
              "node_modules/debug": { version: "4.3.4", dependencies: { ms: "2.1.2" } },
              "node_modules/debug/node_modules/ms": { version: "2.1.2" },
              "node_modules/ms": { version: "2.0.0" },
            },
          }),
          why: ["ms"],
        },
      },
    ],
    run: (given, { signal }) =>
      answered(jobs.run("node_dependency_graph", given, signal), ({ picture, ...value }) =>
        structured(value, textOf(value), ...(picture === undefined ? [] : [image(picture)])),
      ),
  });
}

function textOf(value: Omit<GraphAnswer, "picture">): string {
  const {
    packages,
    production,
    format,
    formatVersion,
    maxDepth,
    duplicates,
    cycles,
    why,
    heaviest,
  } = value;
  const several = duplicates.filter(({ versions }) => versions.length > 1);
  return [
    `${packages} packages (${production} for production) in a lockfile of ${format} ${formatVersion}, ${maxDepth} deep.`,
    ...why.flatMap(({ packages: found }) =>
      found.flatMap(({ id, ways, askedBy }) => [
        `${id} is needed by ${
          askedBy
            .slice(0, 5)
            .map((one) => `${one.id} (${one.range})`)
            .join(", ") || "nobody"
        }:`,
        ...ways.slice(0, 3).map((way) => `  ${way.join(" → ")}`),
      ]),
    ),
    several.length === 0
      ? "No package is there in several versions."
      : `${several.length} in several versions: ${several
          .slice(0, 8)
          .map(({ name, versions }) => `${name} (${versions.map((one) => one.version).join(", ")})`)
          .join("; ")}.`,
    cycles.length === 0
      ? "No cycles."
      : `${cycles.length} cycles: ${cycles[0]?.slice(0, 6).join(" → ")} → …`,
    ...(heaviest.length === 0
      ? []
      : [
          `Heaviest direct dependencies: ${heaviest
            .slice(0, 5)
            .map(({ id, brings, alone }) => `${id} (brings ${brings}, ${alone} of them alone)`)
            .join(", ")}.`,
        ]),
  ].join("\n");
}
