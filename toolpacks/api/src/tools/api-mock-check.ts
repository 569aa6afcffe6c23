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
import type { MockAnswer, MockInput } from "../work/mock.ts";

const headers = {
  type: "object",
  additionalProperties: { type: "string", maxLength: 20_000 },
  maxProperties: 200,
};
const exchangeSchema = plainObject(
  {
    name: { type: "string", maxLength: 200 },
    request: plainObject(
      {
        method: { type: "string", minLength: 1, maxLength: 20 },
        url: {
          type: "string",
          minLength: 1,
          maxLength: 20_000,
          description: "Whole URL, or path and query.",
        },
        headers,
        body: { description: "A JSON value, or text." },
      },
      ["method", "url"],
    ),
    response: plainObject(
      { status: { type: "integer", minimum: 100, maximum: 599 }, headers, body: {} },
      ["status"],
    ),
  },
  ["request"],
);
const valueSchema = {
  type: "object",
  properties: { source: { enum: ["document", "schema"] }, valid: { type: "boolean" } },
  required: ["value", "source", "valid"],
};

const OUTPUT = answerObject(
  {
    examplesChecked: { type: "integer" },
    exchangesChecked: { type: "integer" },
    coverage: {
      type: "object",
      properties: {
        operations: { type: "integer" },
        seen: { type: "integer" },
        unseen: { type: "array", items: { type: "string" } },
        responsesUnseen: { type: "array", items: { type: "string" } },
      },
      required: ["operations", "seen", "unseen", "responsesUnseen"],
    },
    generated: {
      type: "array",
      items: {
        type: "object",
        properties: {
          operation: { type: "string" },
          parameters: { type: "object", additionalProperties: valueSchema },
          requestBody: valueSchema,
          responses: { type: "array", items: valueSchema },
        },
        required: ["operation", "parameters", "responses"],
      },
    },
    ...reportProperties,
  },
  ["examplesChecked", "exchangesChecked", "generated", ...reportRequired],
);
const EXAMPLES = [
  {
    title: "An example and an answer that do not fit, and new examples",
    arguments: {
      content:
        'openapi: 3.1.0\ninfo: { title: Pets, version: "1" }\npaths:\n  /pets/{id}:\n    get:\n      parameters: [{ name: id, in: path, required: true, schema: { type: integer, minimum: 1 } }]\n      responses:\n        "200":\n          description: A pet\n          content:\n            application/json:\n              schema: { $ref: "#/components/schemas/Pet" }\n              example: { id: "7", name: Rex }\ncomponents:\n  schemas:\n    Pet:\n      type: object\n      required: [id, name]\n      properties: { id: { type: integer, minimum: 1 }, name: { type: string, minLength: 1, maxLength: 20 } }\n',
      traffic: [
        {
          request: { method: "GET", url: "/pets/7" },
          response: {
            status: 200,
            headers: { "content-type": "application/json" },
            body: { id: 7 },
          },
        },
        { request: { method: "GET", url: "/pets/0" }, response: { status: 404 } },
      ],
      generate: { seed: 7 },
    },
  },
];

export function apiMockCheck(jobs: Jobs<PackJobs>): Tool {
  return defineTool<MockInput>({
    name: "api_mock_check",
    title: "Check examples and traffic",
    description:
      "Holds an OpenAPI 3 document against reality: checks every example and default against its schema, and recorded traffic (exchanges or a HAR file) against the described parameters, bodies, statuses, media types and headers; tells which operations and answers the traffic never touched. With generate, makes valid example requests and answers, the same for the same seed.",
    input: plainObject({
      ...documentProperties,
      examples: {
        type: "boolean",
        description: "Check the document's own examples. Default true.",
      },
      traffic: { type: "array", items: exchangeSchema, maxItems: 2_000 },
      har: { type: "object", description: "An HTTP Archive, as browsers save it." },
      generate: plainObject({
        operations: {
          type: "array",
          items: { type: "string", maxLength: 500 },
          maxItems: 100,
          description: '"GET /pets" or operationIds; at most 100. Default the first 25.',
        },
        seed: { type: "integer", minimum: 0, maximum: 2_147_483_647 },
        optional: { type: "boolean", description: "Optional properties too. Default true." },
      }),
      ignore: ignoreProperty,
    }),
    output: OUTPUT,
    annotations: PURE,
    timeLimitMs: 30_000,
    examples: EXAMPLES,
    run: (input, { signal }) =>
      answered(jobs.run("api_mock_check", input, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: MockAnswer): string {
  const { coverage, generated } = value;
  const made = JSON.stringify(generated.slice(0, 3));
  return [
    `${value.examplesChecked} examples and ${value.exchangesChecked} exchanges checked.`,
    coverage === undefined
      ? ""
      : `The traffic touched ${coverage.seen} of ${coverage.operations} operations.`,
    summaryOf(value),
    generated.length === 0
      ? ""
      : `Examples for ${generated.length} operations${generated.length > 3 ? ", the first three" : ""}: ${made.length > 4_000 ? `${made.slice(0, 4_000)}…` : made}`,
  ]
    .filter((line) => line !== "")
    .join("\n");
}
