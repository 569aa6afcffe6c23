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
import { documentText } from "../lib/inputs.ts";
import type { GraphqlAnswer, GraphqlInput } from "../work/graphql.ts";

const whole = (maximum: number, description: string): Record<string, unknown> => ({
  type: "integer",
  minimum: 1,
  maximum,
  description,
});
const operationSchema = {
  type: "object",
  properties: {
    operation: { type: "string" },
    valid: { type: "boolean" },
    broken: { type: "boolean" },
    depth: { type: "integer" },
    cost: { type: "number" },
    fields: { type: "integer" },
    aliases: { type: "integer" },
    deepest: { type: "array", items: { type: "string" } },
    deprecated: { type: "array", items: { type: "string" } },
  },
  required: ["operation", "valid", "depth", "cost", "fields", "aliases", "deepest", "deprecated"],
};
const changeSchema = {
  type: "object",
  properties: {
    rule: { type: "string" },
    impact: { enum: ["breaking", "risky", "compatible"] },
    message: { type: "string" },
    path: { type: "string" },
    reason: { type: "string" },
  },
  required: ["rule", "impact", "message"],
};

const OUTPUT = answerObject(
  {
    types: { type: "integer" },
    fields: { type: "integer" },
    changes: { type: "array", items: changeSchema },
    breaking: { type: "boolean" },
    operations: { type: "array", items: operationSchema },
    ...reportProperties,
  },
  ["types", "fields", "changes", "breaking", "operations", ...reportRequired],
);
const EXAMPLES = [
  {
    title: "A field went away that a query asks for",
    arguments: {
      before:
        "type Query { users(first: Int): [User!]! }\ntype User { id: ID! name: String friends: [User!]! }",
      schema: "type Query { users(first: Int): [User!]! }\ntype User { id: ID! friends: [User!]! }",
      operations: [
        { name: "Names", query: "query Names { users(first: 100) { name } }" },
        {
          name: "Friends",
          query: "query Friends { users(first: 100) { friends { friends { friends { id } } } } }",
        },
      ],
    },
  },
];

export function graphqlReview(jobs: Jobs<PackJobs>): Tool {
  return defineTool<GraphqlInput>({
    name: "graphql_review",
    title: "Review GraphQL",
    description:
      "Reviews a GraphQL schema (SDL or introspection JSON): validity, naming, lists without pages, secrets, unreachable types. With before, tells breaking and risky changes. With operations, validates each, measures depth and cost (lists at their asked size), finds deprecated fields, and tells which operations a schema change breaks.",
    input: plainObject(
      {
        schema: documentText("SDL, or the JSON result of an introspection query."),
        before: documentText("The schema as it was; the answer then tells what changed."),
        operations: {
          type: "array",
          maxItems: 200,
          items: plainObject(
            {
              name: { type: "string", maxLength: 200 },
              query: { type: "string", minLength: 1, maxLength: 200_000 },
              variables: { type: "object", description: "Numbers here size lists (first: $n)." },
            },
            ["query"],
          ),
        },
        maxDepth: whole(100, "Default 10."),
        maxCost: whole(1_000_000_000, "Objects that one operation may load. Default 10000."),
        maxAliases: whole(10_000, "Default 30."),
        listSize: whole(10_000, "Assumed length of lists that name none. Default 20."),
        ignore: ignoreProperty,
      },
      ["schema"],
    ),
    output: OUTPUT,
    annotations: PURE,
    timeLimitMs: 30_000,
    examples: EXAMPLES,
    run: (input, { signal }) =>
      answered(jobs.run("graphql_review", input, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(value: GraphqlAnswer): string {
  const serious = value.changes.filter(({ impact }) => impact !== "compatible").slice(0, 15);
  return [
    `${value.types} types, ${value.fields} fields.`,
    ...(value.changes.length === 0
      ? []
      : [
          `${value.changes.length} changes, ${value.breaking ? "some break callers" : "none breaks callers"}.`,
        ]),
    ...serious.map(({ impact, message, rule }) => `- [${impact}] ${message} (${rule})`),
    ...value.operations
      .slice(0, 20)
      .map(
        ({ operation, valid, broken, depth, cost }) =>
          `- ${operation}: ${broken === true ? "broken by the change" : valid ? "valid" : "not valid"}, depth ${depth}, cost ${cost}`,
      ),
    summaryOf(value),
  ].join("\n");
}
