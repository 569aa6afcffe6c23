import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answered,
  answerObject,
  ignoreProperty,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import type { PackJobs } from "../jobs.ts";
import { documentProperties } from "../lib/inputs.ts";
import type { LintInput } from "../work/lint.ts";

export function openapiLint(jobs: Jobs<PackJobs>): Tool {
  return defineTool<LintInput>({
    name: "openapi_lint",
    title: "Lint an API document",
    description:
      "Checks an OpenAPI 3.0, 3.1 or 3.2, Swagger 2.0 or AsyncAPI 2 or 3 document: valid against the specification, references that lead nowhere, examples that break their schema, duplicate ids, ambiguous paths, missing responses and more. Each finding has a rule, line, JSON pointer and fix. Use after writing or changing a document.",
    input: plainObject({
      ...documentProperties,
      ruleset: {
        enum: ["minimal", "recommended", "strict", "spec"],
        description: "Default recommended; spec checks nothing but the specification.",
      },
      rules: {
        type: "object",
        additionalProperties: { enum: ["error", "warn", "off"] },
        maxProperties: 100,
        description: "Single rules by id, on top of the ruleset.",
      },
      ignore: ignoreProperty,
    }),
    output: answerObject(
      {
        specification: { type: "string" },
        ruleset: { type: "string" },
        files: { type: "integer" },
        ...reportProperties,
      },
      ["specification", "ruleset", "files", ...reportRequired],
    ),
    annotations: PURE,
    timeLimitMs: 30_000,
    examples: [
      {
        title: "A document with four mistakes",
        arguments: {
          content:
            'openapi: 3.1.0\ninfo: { title: Pets, version: "1" }\nservers: [{ url: "https://api.pets.dev/" }]\npaths:\n  /pets/{id}:\n    get:\n      operationId: get pet\n      summary: One pet\n      responses:\n        "200":\n          description: The pet\n          content:\n            application/json:\n              schema: { $ref: "#/components/schemas/Pet" }\n',
        },
      },
    ],
    run: (input, { signal }) =>
      answered(jobs.run("openapi_lint", input, signal), (value) =>
        structured(value, `${value.specification}: ${summaryOf(value)}`),
      ),
  });
}
