/** Examples of what an operation takes and answers: the document's own first, made from the schema otherwise. */
import { generateSync } from "json-schema-faker";
import type { JsonSchema } from "json-schema-faker";
import { InputProblem } from "flotilla/worker/review";
import { at } from "../lib/document.ts";
import type { Node } from "../lib/document.ts";
import { contentsOf, responsesOf } from "../lib/operations.ts";
import type { Operation } from "../lib/operations.ts";
import type { Direction } from "./diff-schema.ts";
import { examplesAt, unusable } from "./mock-walk.ts";
import type { MockWalk } from "./mock-walk.ts";
import { standalone } from "./standalone.ts";

export interface GenerateInput {
  /** `GET /pets` or operationIds; all when absent. */
  operations?: string[];
  /** The same seed gives the same examples. Default 1. */
  seed?: number;
  /** Optional properties too. Default true. */
  optional?: boolean;
}
export interface ExampleValue {
  value: unknown;
  source: "document" | "schema";
  /** False when even the made value does not fit: the schema contradicts itself, or asks for what cannot be made. */
  valid: boolean;
}
export interface GeneratedExample {
  operation: string;
  parameters: Record<string, ExampleValue>;
  requestBody?: ExampleValue & { contentType: string };
  responses: (ExampleValue & { status: string; contentType: string })[];
}

const MAX_OPERATIONS = 100;
/** When none is named: enough to see, and quick. */
const SOME_OPERATIONS = 25;
/** Others are written otherwise than as the JSON that is made here. */
const WRITTEN =
  /json|^application\/x-www-form-urlencoded|^multipart\/form-data|^text\/plain|^\*\/\*/i;
const MAX_VALUE_CHARS = 100_000;

export function generateExamples(walk: MockWalk, input: GenerateInput): GeneratedExample[] {
  const wanted = input.operations === undefined ? undefined : new Set(input.operations);
  const chosen = walk.operations.filter(
    ({ name, value }) =>
      wanted === undefined || wanted.has(name) || wanted.has(String(value["operationId"])),
  );
  if (chosen.length === 0) {
    throw new InputProblem(
      `generate.operations: the document has none of them; it has ${
        walk.operations
          .slice(0, 10)
          .map(({ name }) => name)
          .join(", ") || "no operations"
      }.`,
    );
  }
  return chosen
    .slice(0, wanted === undefined ? SOME_OPERATIONS : MAX_OPERATIONS)
    .map((operation) => exampleOf(walk, operation, input));
}

function exampleOf(walk: MockWalk, operation: Operation, input: GenerateInput): GeneratedExample {
  const { bundle } = walk;
  const parameters: Record<string, ExampleValue> = {};
  for (const { node, name, required } of operation.parameters) {
    if (!required && input.optional === false) continue;
    const value = valueOf(walk, { holder: node, direction: "request" }, input);
    if (value !== undefined) parameters[name] = value;
  }
  const [body] = written(contentsOf(bundle, at(bundle, operation.node, "requestBody")));
  const sent =
    body === undefined
      ? undefined
      : valueOf(walk, { holder: body.node, direction: "request" }, input);
  const responses = responsesOf(bundle, operation).flatMap(([status, response]) =>
    written(contentsOf(bundle, response)).flatMap(({ type, node }) => {
      const value = valueOf(walk, { holder: node, direction: "response" }, input);
      return value === undefined ? [] : [{ status, contentType: type, ...value }];
    }),
  );
  return {
    operation: operation.name,
    parameters,
    ...(sent === undefined || body === undefined
      ? {}
      : { requestBody: { contentType: body.type, ...sent } }),
    responses,
  };
}

function written<T extends { type: string }>(contents: readonly T[]): T[] {
  return contents.filter(({ type }) => WRITTEN.test(type));
}

function valueOf(
  { bundle, validator, drafts }: MockWalk,
  { holder, direction }: { holder: Node; direction: Direction },
  { seed = 1, optional = true }: GenerateInput,
): ExampleValue | undefined {
  const schema = at(bundle, holder, "schema");
  if (schema === undefined) return undefined;
  const fits = (value: unknown): boolean => validator.check(schema, value, direction).length === 0;
  try {
    const [own] = examplesAt(bundle, holder);
    if (own !== undefined && fits(own.value))
      return { value: own.value, source: "document", valid: true };
    const plain = standalone(bundle, schema, direction);
    let made: unknown = null;
    // Contradictions between optional properties often vanish with another seed, or without them.
    for (const attempt of [
      { seed, optional },
      { seed: seed + 1, optional },
      { seed, optional: false },
    ]) {
      made = makeValue(plain, attempt);
      if ((JSON.stringify(made)?.length ?? 0) > MAX_VALUE_CHARS) continue;
      if (fits(made)) return { value: made ?? null, source: "schema", valid: true };
    }
    return { value: null, source: "schema", valid: false };
  } catch (error) {
    drafts.push(unusable(schema, error));
    return undefined;
  }
}

function makeValue(
  schema: object,
  { seed, optional }: { seed: number; optional: boolean },
): unknown {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a JSON Schema made by us
  return generateSync(schema as JsonSchema, {
    seed,
    alwaysFakeOptionals: optional,
    maxDepth: 6,
    refDepthMax: 2,
    maxDefaultItems: 2,
    failOnInvalidTypes: false,
    minDateTime: "2025-01-01T00:00:00Z",
    maxDateTime: "2025-12-31T00:00:00Z",
  });
}
