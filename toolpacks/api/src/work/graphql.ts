/** Reviews GraphQL: a schema, what changed since another, and operations against them. */
import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { Kind, NoDeprecatedCustomRule, validate } from "graphql";
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from "graphql";
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { InputProblem } from "flotilla/worker/review";
import { measure } from "./graphql-cost.ts";
import type { Measure } from "./graphql-cost.ts";
import { lintSchema } from "./graphql-lint.ts";
import { placeOf, readOperations, readSchema } from "./graphql-source.ts";

export interface GraphqlInput {
  schema: string;
  before?: string;
  operations?: { name?: string; query: string; variables?: Record<string, unknown> }[];
  maxDepth?: number;
  maxCost?: number;
  maxAliases?: number;
  listSize?: number;
  ignore?: string[];
}
export interface SchemaChange {
  rule: string;
  impact: "breaking" | "risky" | "compatible";
  message: string;
  path?: string;
  reason?: string;
}
export interface OperationReview extends Measure {
  operation: string;
  valid: boolean;
  /** Valid against the old schema, and no longer. Only with `before`. */
  broken?: boolean;
  deprecated: string[];
}
export interface GraphqlAnswer extends FindingReport {
  types: number;
  fields: number;
  changes: SchemaChange[];
  breaking: boolean;
  operations: OperationReview[];
}

const DEFAULTS = { maxDepth: 10, maxCost: 10_000, maxAliases: 30, listSize: 20 };
const MAX_CHANGES = 1_000;
const MAX_ERRORS = 20;

export async function reviewGraphql(input: GraphqlInput): Promise<GraphqlAnswer> {
  const source = readSchema(input.schema, "schema");
  const before = input.before === undefined ? undefined : readSchema(input.before, "before").schema;
  const findings = lintSchema(source, "schema");
  const changes = before === undefined ? [] : await changesOf(before, source.schema);
  const operations = (input.operations ?? []).flatMap((one, index) => {
    const file = one.name ?? `operations[${index}]`;
    return reviewDocument({ input, schema: source.schema, before }, { file, ...one }, findings);
  });
  const types = Object.values(source.schema.getTypeMap()).filter(
    ({ name }) => !name.startsWith("__"),
  );
  const fields = types.reduce(
    (sum, type) => sum + ("getFields" in type ? Object.keys(type.getFields()).length : 0),
    0,
  );
  return {
    types: types.length,
    fields,
    changes: changes.slice(0, MAX_CHANGES),
    breaking: changes.some(({ impact }) => impact === "breaking"),
    operations,
    ...reportOf(findings, { ignore: input.ignore }),
  };
}

async function changesOf(before: GraphQLSchema, after: GraphQLSchema): Promise<SchemaChange[]> {
  const impacts = {
    [CriticalityLevel.Breaking]: "breaking",
    [CriticalityLevel.Dangerous]: "risky",
    [CriticalityLevel.NonBreaking]: "compatible",
  } as const;
  const order = ["breaking", "risky", "compatible"];
  const found = await diff(before, after);
  return found
    .map(({ type, criticality, message, path }) => ({
      rule: String(type).toLowerCase().replaceAll("_", "-"),
      impact: impacts[criticality.level],
      message,
      ...(path === undefined ? {} : { path }),
      ...(criticality.reason === undefined ? {} : { reason: criticality.reason }),
    }))
    .toSorted((a, b) => order.indexOf(a.impact) - order.indexOf(b.impact));
}

interface Against {
  input: GraphqlInput;
  schema: GraphQLSchema;
  before: GraphQLSchema | undefined;
}
interface Given {
  file: string;
  query: string;
  variables?: Record<string, unknown>;
}

function reviewDocument(against: Against, given: Given, findings: Finding[]): OperationReview[] {
  const { file } = given;
  const document = readOperations(given.query, file);
  const errors = checked(against.schema, document, file);
  const broken =
    against.before === undefined
      ? undefined
      : errors.length > 0 && checked(against.before, document, file).length === 0;
  for (const error of errors) {
    findings.push({
      rule: broken === true ? "operation-broken" : "operation-invalid",
      severity: "error",
      message: error.message,
      object: file,
      ...placeOf(error.nodes?.[0], file),
    });
  }
  const deprecated =
    errors.length > 0
      ? []
      : validate(against.schema, document, [NoDeprecatedCustomRule]).slice(0, MAX_ERRORS);
  for (const one of deprecated) {
    findings.push({
      rule: "deprecated-field-used",
      severity: "warning",
      message: one.message,
      object: file,
      ...placeOf(one.nodes?.[0], file),
    });
  }
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  if (operations.length === 0)
    throw new InputProblem(`${file}: has no query, mutation or subscription.`);
  return operations.map((operation) => {
    const name = operation.name?.value ?? file;
    const options = {
      listSize: against.input.listSize ?? DEFAULTS.listSize,
      variables: given.variables ?? {},
    };
    const measured = measure(against.schema, document, { operation, options });
    limits(against.input, { name, file, operation, measured }, findings);
    return {
      operation: name,
      valid: errors.length === 0,
      ...(broken === undefined ? {} : { broken }),
      ...measured,
      deprecated: deprecated.map(({ message }) => message),
    };
  });
}

function checked(schema: GraphQLSchema, document: DocumentNode, file: string) {
  try {
    return validate(schema, document, undefined, { maxErrors: MAX_ERRORS });
  } catch (error) {
    throw new InputProblem(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function limits(
  input: GraphqlInput,
  what: { name: string; file: string; operation: OperationDefinitionNode; measured: Measure },
  findings: Finding[],
): void {
  const { name, file, operation, measured } = what;
  const rows = [
    [
      "operation-too-deep",
      measured.depth,
      input.maxDepth ?? DEFAULTS.maxDepth,
      "levels deep",
      "Ask for the inner part in a second request.",
    ],
    [
      "operation-too-costly",
      measured.cost,
      input.maxCost ?? DEFAULTS.maxCost,
      "objects to load",
      "Ask for fewer elements (first), or leave out the inner list.",
    ],
    [
      "too-many-aliases",
      measured.aliases,
      input.maxAliases ?? DEFAULTS.maxAliases,
      "aliases",
      "Send several requests, or add a field that takes a list.",
    ],
  ] as const;
  for (const [rule, value, limit, words, fix] of rows) {
    if (value <= limit) continue;
    findings.push({
      rule,
      severity: "warning",
      message: `${name}: ${value} ${words}, where ${limit} are allowed.`,
      object: name,
      ...placeOf(operation, file),
      evidence:
        rule === "operation-too-deep" ? measured.deepest.slice(0, 30).join(" → ") : String(value),
      fix,
    });
  }
}
