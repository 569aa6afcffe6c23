import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import { PURE, answered, answerObject, ignoreProperty, plainObject } from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import type { PackJobs } from "../jobs.ts";
import { documentProperties } from "../lib/inputs.ts";
import type { DiffAnswer, DiffInput } from "../work/diff.ts";

const changeSchema = {
  type: "object",
  properties: {
    rule: { type: "string" },
    severity: { enum: ["error", "warning", "info"] },
    impact: { enum: ["breaking", "risky", "compatible"] },
    message: { type: "string" },
    hits: { type: "string" },
    operations: { type: "array", items: { type: "string" } },
    location: { type: "object" },
    document: { enum: ["before", "after"] },
    before: { type: "string" },
    after: { type: "string" },
    fix: { type: "string" },
  },
  required: ["rule", "severity", "impact", "message", "hits", "operations", "location", "document"],
};
const count = { type: "integer" };

export function openapiDiff(jobs: Jobs<PackJobs>): Tool {
  return defineTool<DiffInput>({
    name: "openapi_diff",
    title: "Compare two API documents",
    description:
      "Compares two OpenAPI 3 documents and tells which changes break callers, which are risky, and who is hit: removed or moved operations, parameters and properties, requests that became stricter, answers that promise less, security, media types, servers. Shared schemas count once, with all operations they reach. Says which semver step is due. Use before a change ships.",
    input: plainObject(
      {
        before: plainObject(documentProperties),
        after: plainObject(documentProperties),
        ignore: ignoreProperty,
      },
      ["before", "after"],
    ),
    output: answerObject(
      {
        versions: { type: "object" },
        breaking: { type: "boolean" },
        semver: { enum: ["major", "minor", "patch", "none"] },
        versionFits: { type: "boolean" },
        counts: {
          type: "object",
          properties: { breaking: count, risky: count, compatible: count },
          required: ["breaking", "risky", "compatible"],
        },
        broken: { type: "array", items: { type: "object" } },
        changes: { type: "array", items: changeSchema },
        truncated: { type: "boolean" },
      },
      ["versions", "breaking", "semver", "counts", "broken", "changes", "truncated"],
    ),
    annotations: PURE,
    timeLimitMs: 30_000,
    examples: [
      {
        title: "A property became required, another is gone",
        arguments: {
          before: {
            content:
              'openapi: 3.1.0\ninfo: { title: Pets, version: 1.0.0 }\npaths:\n  /pets:\n    post:\n      requestBody: { content: { application/json: { schema: { type: object, properties: { name: { type: string }, tag: { type: string } } } } } }\n      responses: { "201": { description: Made, content: { application/json: { schema: { type: object, required: [id], properties: { id: { type: integer }, name: { type: string } } } } } } }\n',
          },
          after: {
            content:
              'openapi: 3.1.0\ninfo: { title: Pets, version: 1.1.0 }\npaths:\n  /pets:\n    post:\n      requestBody: { content: { application/json: { schema: { type: object, required: [tag], properties: { name: { type: string }, tag: { type: string } } } } } }\n      responses: { "201": { description: Made, content: { application/json: { schema: { type: object, required: [id], properties: { id: { type: string } } } } } } }\n',
          },
        },
      },
    ],
    run: (input, { signal }) =>
      answered(jobs.run("openapi_diff", input, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: DiffAnswer): string {
  const { counts, changes, versions, semver } = value;
  const listed = changes.filter(({ impact }) => impact !== "compatible").slice(0, 20);
  const rest = counts.breaking + counts.risky - listed.length;
  return [
    `${counts.breaking} breaking, ${counts.risky} risky, ${counts.compatible} compatible changes; a ${semver} step is due.`,
    value.versionFits === false
      ? `But the version goes from ${versions.before} to ${versions.after}.`
      : "",
    ...listed.map(({ impact, message, hits, operations, rule, location, document }) => {
      const where =
        operations.length > 3 ? `${operations.length} operations` : operations.join(", ");
      return `- [${impact}] ${where === "" ? "" : `${where}: `}${message} Hits ${hits}. (${rule}, ${document}:${location.line})`;
    }),
    rest > 0 ? `… and ${rest} more.` : "",
  ]
    .filter((line) => line !== "")
    .join("\n");
}
