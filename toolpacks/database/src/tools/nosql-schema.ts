import { defineTool, structured } from "flotilla/worker";
import type { Tool } from "flotilla/worker";
import {
  PURE,
  answerObject,
  answered,
  plainObject,
  reportProperties,
  reportRequired,
  summaryOf,
} from "flotilla/worker/review";
import type { Jobs } from "flotilla/worker/review";
import type { AnalysisJobs } from "../jobs.ts";
import type { NosqlAnswer, NosqlInput } from "../work/nosql.ts";

const names = { type: "array", items: { type: "string", maxLength: 200 }, maxItems: 10 };
const patternSchema = {
  type: "object",
  properties: {
    name: { type: "string", maxLength: 200 },
    equals: { ...names, description: "Fields compared for equality." },
    range: { ...names, description: "Fields compared by range." },
    sort: { ...names, description: "Fields sorted by; -field for descending." },
    perSecond: { type: "number", minimum: 0 },
  },
  required: ["name"],
  additionalProperties: false,
};

export function nosqlSchema(jobs: Jobs<AnalysisJobs>): Tool {
  return defineTool<NosqlInput>({
    name: "nosql_schema",
    title: "Infer a document schema",
    description:
      "Infers a JSON Schema (2020-12) from sample documents, finds drift (type conflicts, renamed and rarely missing fields, data used as keys, arrays that grow without end), and advises indexes for MongoDB or single-table keys for DynamoDB from your access patterns. MongoDB Extended JSON is understood.",
    input: plainObject(
      {
        documents: {
          type: "array",
          minItems: 1,
          maxItems: 20_000,
          description: "Sample documents, the more the better.",
        },
        collection: { type: "string", maxLength: 200 },
        target: { enum: ["mongodb", "dynamodb"], description: "Default mongodb." },
        discriminator: {
          type: "string",
          maxLength: 200,
          description: "A top-level field that tells kinds of documents apart.",
        },
        accessPatterns: { type: "array", maxItems: 50, items: patternSchema },
      },
      ["documents"],
    ),
    output: answerObject(
      {
        documents: { type: "integer" },
        schema: { type: "object" },
        fields: { type: "array", items: { type: "object" } },
        kinds: { type: "array", items: { type: "object" } },
        mongoIndexes: { type: "array", items: { type: "object" } },
        dynamo: { type: "object" },
        ...reportProperties,
      },
      ["documents", "schema", "fields", ...reportRequired],
    ),
    annotations: PURE,
    timeLimitMs: 20_000,
    examples: [
      {
        title: "Users that drifted",
        arguments: {
          collection: "users",
          documents: [
            { _id: 1, email: "ada@example.org", age: 36, createdAt: "2025-01-01T10:00:00Z" },
            { _id: 2, email: "alan@example.org", age: "41", created_at: "2025-02-01T10:00:00Z" },
            { _id: 3, email: "grace@example.org", age: null, createdAt: "2025-03-01T10:00:00Z" },
          ],
          accessPatterns: [{ name: "newest by email", equals: ["email"], sort: ["-createdAt"] }],
        },
      },
    ],
    run: (input, { signal }) =>
      answered(jobs.run("nosql_schema", input, signal), (value) =>
        structured(value, textOf(value)),
      ),
  });
}

function textOf(answer: NosqlAnswer): string {
  const indexes = (answer.mongoIndexes ?? []).map(
    ({ command, serves }) => `- ${command} // ${serves.join(", ")}`,
  );
  const { dynamo } = answer;
  const keys =
    dynamo === undefined
      ? []
      : [
          `Key: ${dynamo.partitionKey.name} = ${dynamo.partitionKey.value}, ${dynamo.sortKey.name} = ${dynamo.sortKey.value}`,
          ...dynamo.indexes.map(
            ({ name, partitionKey, sortKey, serves }) =>
              `- ${name}: ${partitionKey} / ${sortKey} // ${serves.join(", ")}`,
          ),
          ...dynamo.notes,
        ];
  return [
    `${answer.documents} documents, ${answer.fields.length} fields.`,
    summaryOf(answer),
    ...indexes,
    ...keys,
  ].join("\n");
}
