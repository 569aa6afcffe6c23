/** Reads GraphQL text: schemas as SDL or introspection, documents of operations, places by line. */
import {
  GraphQLError,
  Kind,
  buildASTSchema,
  buildClientSchema,
  parse,
  validateSchema,
} from "graphql";
import type { ASTNode, DocumentNode, GraphQLSchema, IntrospectionQuery } from "graphql";
import { validateSDL } from "graphql/validation/validate.js";
import { InputProblem } from "flotilla/worker/review";
import type { Finding, Location } from "flotilla/worker/review";
import { dict, isDict } from "../lib/values.ts";

export interface SchemaSource {
  schema: GraphQLSchema;
  /** Absent when the schema came as introspection. */
  document?: DocumentNode;
  problems: Finding[];
}

/** A query of honest size has some hundred tokens. */
const MAX_OPERATION_TOKENS = 50_000;
const MAX_PROBLEMS = 100;

export function readSchema(text: string, file: string): SchemaSource {
  if (/^\s*\{\s*"/.test(text)) return readIntrospection(text, file);
  const document = readText(text, file);
  const executable = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (executable !== undefined) {
    throw new InputProblem(
      `${file}: expected type definitions, but there is a query or mutation; pass those in operations.`,
    );
  }
  const wrong = validateSDL(document).slice(0, MAX_PROBLEMS);
  // A schema that names types it does not have cannot be built; one with doubtful types can, and is reviewed.
  const schema = guarded(file, () => buildASTSchema(document, { assumeValidSDL: true }));
  const invalid = guarded(file, () => [...wrong, ...validateSchema(schema)]);
  return { schema, document, problems: unique(invalid).map((error) => problemOf(error, file)) };
}

function readIntrospection(text: string, file: string): SchemaSource {
  return guarded(file, () => {
    const parsed: unknown = JSON.parse(text);
    const data = isDict(parsed) && isDict(parsed["data"]) ? parsed["data"] : dict(parsed);
    if (!isDict(data["__schema"]))
      throw new InputProblem(
        `${file}: expected the result of an introspection query, with "__schema".`,
      );
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- buildClientSchema checks what it reads
    const schema = buildClientSchema(data as unknown as IntrospectionQuery);
    return { schema, problems: validateSchema(schema).map((error) => problemOf(error, file)) };
  });
}

export function readOperations(text: string, file: string): DocumentNode {
  return readText(text, file, MAX_OPERATION_TOKENS);
}

function readText(text: string, file: string, maxTokens?: number): DocumentNode {
  return guarded(file, () => parse(text, maxTokens === undefined ? {} : { maxTokens }));
}

function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof InputProblem) throw error;
    if (error instanceof RangeError) throw new InputProblem(`${file}: is nested too deeply.`);
    const message = error instanceof Error ? error.message : String(error);
    const [at] = error instanceof GraphQLError ? (error.locations ?? []) : [];
    throw new InputProblem(
      at === undefined ? `${file}: ${message}` : `${file}:${at.line}:${at.column}: ${message}`,
    );
  }
}

function unique(errors: readonly GraphQLError[]): GraphQLError[] {
  return [...new Map(errors.map((one) => [one.message, one])).values()];
}

function problemOf(error: GraphQLError, file: string): Finding {
  return {
    rule: "invalid-schema",
    severity: "error",
    message: error.message,
    ...placeOf(error.nodes?.[0], file),
  };
}

export function placeOf(node: ASTNode | null | undefined, file: string): { location?: Location } {
  const token = node?.loc?.startToken;
  if (token === undefined) return {};
  return { location: { file, line: token.line, column: token.column } };
}
