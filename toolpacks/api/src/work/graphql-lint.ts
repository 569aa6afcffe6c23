/** Rules for GraphQL schemas: what makes them hard to use, to change, or to keep up under load. */
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  getNamedType,
  isUnionType,
  isCompositeType,
} from "graphql";
import type {
  ASTNode,
  GraphQLField,
  GraphQLInterfaceType,
  GraphQLNamedType,
  GraphQLObjectType,
  GraphQLOutputType,
} from "graphql";
import type { Finding, Severity } from "flotilla/worker/review";
import type { SchemaSource } from "./graphql-source.ts";
import { placeOf } from "./graphql-source.ts";

type Fields = GraphQLObjectType | GraphQLInterfaceType;
type Field = GraphQLField<unknown, unknown>;
interface Say {
  rule: string;
  severity: Severity;
  message: string;
  object: string;
  node?: ASTNode | null | undefined;
  evidence?: string;
  fix?: string;
}
interface Lint {
  source: SchemaSource;
  say: (what: Say) => void;
}

const PASCAL = /^_?[A-Z][A-Za-z0-9]*$/;
const CAMEL = /^_?[a-z][A-Za-z0-9]*$/;
const UPPER = /^[A-Z][A-Z0-9_]*$/;
const PAGING = /^(first|last|limit|take|pageSize|perPage|page|top|count|size)$/;
const SECRET =
  /^(password|passwordHash|passwd|secret|clientSecret|privateKey|accessToken|refreshToken|apiKey|ssn|cvv|cardNumber)$/i;
const MANY_ARGUMENTS = 3;

export function lintSchema(source: SchemaSource, file: string): Finding[] {
  const findings: Finding[] = [...source.problems];
  const say = ({ node, ...finding }: Say): void =>
    void findings.push({ ...finding, ...placeOf(node, file) });
  const lint = { source, say };
  for (const type of Object.values(source.schema.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    named(lint, type);
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) output(lint, type, field);
      connection(lint, type);
    }
    if (isInputObjectType(type)) {
      for (const { name, astNode } of Object.values(type.getFields())) {
        if (!CAMEL.test(name))
          naming(lint, { name, object: `${type.name}.${name}`, want: "camelCase", node: astNode });
      }
    }
    if (isEnumType(type)) {
      for (const { name, astNode } of type.getValues()) {
        if (!UPPER.test(name))
          naming(lint, { name, object: `${type.name}.${name}`, want: "UPPER_CASE", node: astNode });
      }
    }
  }
  mutations(lint);
  unreachable(lint);
  return findings;
}

function naming(
  { say }: Lint,
  what: { name: string; object: string; want: string; node: ASTNode | null | undefined },
): void {
  say({
    rule: "naming",
    severity: "info",
    message: `${what.name} is not ${what.want}.`,
    object: what.object,
    node: what.node,
    evidence: what.name,
    fix: "Add it under the usual name, and deprecate this one.",
  });
}

function named(lint: Lint, type: GraphQLNamedType): void {
  const { name, astNode: node } = type;
  if (!PASCAL.test(name)) naming(lint, { name, object: name, want: "PascalCase", node });
  if ((type.description ?? "") === "") {
    const fields =
      isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
        ? Object.values(type.getFields())
        : [];
    const silent = fields.filter(({ description }) => (description ?? "") === "").length;
    lint.say({
      rule: "no-description",
      severity: "info",
      message: `${name} has no description.`,
      object: name,
      node,
      ...(fields.length === 0
        ? {}
        : { evidence: `${silent} of its ${fields.length} fields have none either` }),
      fix: "Say in a sentence what it stands for.",
    });
  }
  if (isScalarType(type) && (type.specifiedByURL ?? "") === "") {
    lint.say({
      rule: "scalar-without-specification",
      severity: "info",
      message: `Nobody can know how ${name} is written.`,
      object: name,
      node,
      fix: `scalar ${name} @specifiedBy(url: "…")`,
    });
  }
}

function output({ say, source }: Lint, type: Fields, field: Field): void {
  const { name, astNode: node } = field;
  const object = `${type.name}.${name}`;
  if (!CAMEL.test(name)) naming({ say, source }, { name, object, want: "camelCase", node });
  for (const { name: argument, astNode } of field.args) {
    if (CAMEL.test(argument)) continue;
    naming(
      { say, source },
      { name: argument, object: `${object}(${argument}:)`, want: "camelCase", node: astNode },
    );
  }
  if (SECRET.test(name)) {
    say({
      rule: "secret-in-output",
      severity: "error",
      message: `Whoever may query ${type.name} can read ${name}.`,
      object,
      node,
      evidence: `${name}: ${String(field.type)}`,
      fix: "Remove the field.",
    });
  }
  if (field.deprecationReason === "No longer supported") {
    say({
      rule: "deprecated-without-reason",
      severity: "warning",
      message: `${object} is deprecated without saying what to use.`,
      object,
      node,
      fix: '@deprecated(reason: "Use … instead.")',
    });
  }
  listField(say, object, field);
}

function listField(say: Lint["say"], object: string, field: Field): void {
  const { name, astNode: node } = field;
  const list = listOf(field.type);
  if (list === undefined) return;
  if (
    isCompositeType(getNamedType(list)) &&
    !/(edges|nodes)$/i.test(name) &&
    !field.args.some((one) => PAGING.test(one.name))
  ) {
    say({
      rule: "list-without-pages",
      severity: "warning",
      message: `${object} answers with a list of any length.`,
      object,
      node,
      evidence: `${name}: ${String(field.type)}`,
      fix: "Add first and after, and answer with a connection.",
    });
  }
  if (!isNonNullType(list)) {
    say({
      rule: "nullable-list-items",
      severity: "info",
      message: `Every element of ${object} may be null, and callers must check each.`,
      object,
      node,
      evidence: String(field.type),
      fix: `Use ${String(field.type).replace(/\]/, "!]")}, unless single elements can fail.`,
    });
  }
}

/** The type of a list's elements; `undefined` when it is no list. */
function listOf(type: GraphQLOutputType): GraphQLOutputType | undefined {
  const bare = isNonNullType(type) ? type.ofType : type;
  return isListType(bare) ? bare.ofType : undefined;
}

/** https://relay.dev/graphql/connections.htm */
function connection({ say }: Lint, type: Fields): void {
  if (!type.name.endsWith("Connection") || type.name === "Connection") return;
  const fields = type.getFields();
  const missing = ["edges", "pageInfo"].filter((name) => !(name in fields));
  if (missing.length === 0 || ("nodes" in fields && "pageInfo" in fields)) return;
  say({
    rule: "incomplete-connection",
    severity: "warning",
    message: `${type.name} is called a connection and has no ${missing.join(" and no ")}.`,
    object: type.name,
    node: type.astNode,
    fix: "Add them, or call it otherwise.",
  });
}

function mutations({ source, say }: Lint): void {
  const type = source.schema.getMutationType();
  for (const field of Object.values(type?.getFields() ?? {})) {
    const object = `${type?.name ?? "Mutation"}.${field.name}`;
    const node = field.astNode;
    const answer = getNamedType(field.type);
    if (isScalarType(answer)) {
      say({
        rule: "mutation-answers-scalar",
        severity: "info",
        message: `${object} answers with a bare ${answer.name}: nothing can be added later.`,
        object,
        node,
        evidence: String(field.type),
        fix: "Answer with a payload type that holds the changed thing and its errors.",
      });
    }
    if (field.args.length > MANY_ARGUMENTS) {
      say({
        rule: "mutation-without-input",
        severity: "info",
        message: `${object} takes ${field.args.length} arguments.`,
        object,
        node,
        evidence: field.args.map(({ name }) => name).join(", "),
        fix: "Take one input object.",
      });
    }
  }
}

function unreachable({ source: { schema }, say }: Lint): void {
  const seen = new Set<GraphQLNamedType>();
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const waiting: GraphQLNamedType[] = roots.filter((one) => one !== null && one !== undefined);
  for (const directive of schema.getDirectives())
    waiting.push(...directive.args.map(({ type }) => getNamedType(type)));
  for (const type of waiting) {
    if (seen.has(type)) continue;
    seen.add(type);
    if (isObjectType(type) || isInterfaceType(type)) {
      waiting.push(...type.getInterfaces());
      for (const field of Object.values(type.getFields())) {
        waiting.push(getNamedType(field.type), ...field.args.map((one) => getNamedType(one.type)));
      }
    }
    if (isInputObjectType(type))
      waiting.push(...Object.values(type.getFields()).map((one) => getNamedType(one.type)));
    if (isUnionType(type)) waiting.push(...type.getTypes());
    if (isInterfaceType(type)) waiting.push(...schema.getPossibleTypes(type));
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (seen.has(type) || isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    say({
      rule: "unreachable-type",
      severity: "warning",
      message: `Nothing leads to ${type.name}.`,
      object: type.name,
      node: type.astNode,
      fix: "Remove it, or refer to it.",
    });
  }
}
