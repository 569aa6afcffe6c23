/** Infers one schema from many documents, shows where they disagree, and how to reach them by key. */
import { isNode } from "../lib/ast.ts";
import { reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport } from "flotilla/worker/review";
import { adviseDynamo, adviseMongo } from "./nosql-access.ts";
import type { AccessPattern, DynamoPlan, MongoIndex } from "./nosql-access.ts";
import { collect, schemaOf } from "./nosql-shape.ts";
import type { Shape } from "./nosql-shape.ts";

export interface NosqlInput {
  documents: unknown[];
  collection?: string;
  target?: "mongodb" | "dynamodb";
  accessPatterns?: AccessPattern[];
  /** A path that tells kinds of documents apart, such as `type`. */
  discriminator?: string;
}
export interface NosqlAnswer extends FindingReport {
  documents: number;
  schema: Record<string, unknown>;
  fields: {
    path: string;
    types: Record<string, number>;
    presence: number;
    distinct: number;
    examples: string[];
  }[];
  kinds?: { value: string; documents: number; schema: Record<string, unknown> }[];
  mongoIndexes?: MongoIndex[];
  dynamo?: DynamoPlan;
}

const MAX_FIELDS = 1_000;

export function inferSchema(input: NosqlInput): NosqlAnswer {
  const documents = input.documents.filter(isNode);
  const shape = collect(documents);
  const notObjects = input.documents.length - documents.length;
  const findings = [...fieldFindings(shape, documents.length), ...nearNames(shape)];
  if (notObjects > 0) {
    findings.push({
      rule: "not-a-document",
      severity: "error",
      message: `${notObjects} of the values are no objects and were left out.`,
    });
  }
  const title = input.collection ?? "documents";
  const name = input.discriminator;
  return {
    ...reportOf(findings),
    documents: documents.length,
    schema: { $schema: "https://json-schema.org/draft/2020-12/schema", title, ...schemaOf(shape) },
    fields: flatten(shape).slice(0, MAX_FIELDS),
    ...(name === undefined ? {} : { kinds: kindsOf(documents, name) }),
    ...(input.target === "dynamodb"
      ? { dynamo: adviseDynamo(documents, input.accessPatterns ?? []) }
      : { mongoIndexes: adviseMongo(shape, input.accessPatterns ?? [], title) }),
  };
}

function kindsOf(
  documents: readonly Record<string, unknown>[],
  name: string,
): NonNullable<NosqlAnswer["kinds"]> {
  const groups = Map.groupBy(documents, (one) => String(one[name]));
  return [...groups].slice(0, 50).map(([value, members]) => ({
    value,
    documents: members.length,
    schema: schemaOf(collect(members)),
  }));
}

function flatten(shape: Shape, path = ""): NosqlAnswer["fields"] {
  const found: NosqlAnswer["fields"] = [];
  for (const [name, field] of shape.fields) {
    const at = path === "" ? name : `${path}.${name}`;
    const presence = Math.round((field.seen / Math.max(1, shape.objects)) * 1000) / 1000;
    found.push({
      path: at,
      types: Object.fromEntries(field.types),
      presence,
      distinct: field.values.size,
      examples: [...field.values].slice(0, 3),
    });
    found.push(...flatten(field, at));
    if (field.items !== undefined) found.push(...flatten(field.items, `${at}[]`));
  }
  return found;
}

function fieldFindings(shape: Shape, documents: number, path = ""): Finding[] {
  const found: Finding[] = [];
  for (const [name, field] of shape.fields) {
    const object = path === "" ? name : `${path}.${name}`;
    const share = field.seen / Math.max(1, shape.objects);
    found.push(
      ...typeConflicts(object, field),
      ...presenceFindings(object, { field, share, parents: shape.objects }),
    );
    if (field.longest > LONG_ARRAY) found.push(growing(object, field));
    if (looksDynamic(field, documents)) found.push(dynamicKeys(object, field));
    else found.push(...fieldFindings(field, documents, object));
    if (field.items !== undefined)
      found.push(...fieldFindings(field.items, documents, `${object}[]`));
  }
  return found;
}

const countsOf = (field: Shape): string =>
  [...field.types].map(([type, count]) => `${type} ${count}`).join(", ");

function typeConflicts(object: string, field: Shape): Finding[] {
  const found: Finding[] = [];
  const kinds = [...field.types.keys()].filter((type) => type !== "null");
  // An integer beside a number is one type in practice.
  if (new Set(kinds.map((type) => (type === "integer" ? "number" : type))).size > 1) {
    const byCount = kinds.toSorted((a, b) => (field.types.get(b) ?? 0) - (field.types.get(a) ?? 0));
    found.push({
      rule: "type-conflict",
      severity: "error",
      object,
      message: `${object} is not of one type: queries and indexes see only part of the documents.`,
      evidence: countsOf(field),
      fix: `Convert all to ${byCount[0] ?? "one type"}, the most frequent.`,
    });
  }
  const formats = [...field.formats.keys(), ...(field.plainStrings > 0 ? ["plain text"] : [])];
  if (field.formats.size > 0 && formats.length > 1) {
    const message = `${object} holds strings of several formats.`;
    found.push({
      rule: "mixed-format",
      severity: "warning",
      object,
      message,
      evidence: formats.join(", "),
    });
  }
  return found;
}

function presenceFindings(
  object: string,
  { field, share, parents }: { field: Shape; share: number; parents: number },
): Finding[] {
  const found: Finding[] = [];
  if (parents >= 10 && share < 1 && share > 0.9) {
    const message = `${object} is missing in ${parents - field.seen} of ${parents} documents, probably by accident.`;
    found.push({
      rule: "rarely-missing",
      severity: "warning",
      object,
      message,
      evidence: `present in ${Math.round(share * 1000) / 10} %`,
    });
  }
  if (parents >= 20 && share < 0.05) {
    const message = `${object} is in ${field.seen} of ${parents} documents only: an old version, a typing error, or another kind of document.`;
    found.push({ rule: "rare-field", severity: "info", object, message });
  }
  if (field.types.has("null") && share < 1) {
    const message = `${object} is sometimes null and sometimes missing: choose one, they compare differently.`;
    found.push({
      rule: "null-and-missing",
      severity: "info",
      object,
      message,
      evidence: countsOf(field),
    });
  }
  return found;
}

/** Entries in one array from which it should be documents of their own. */
const LONG_ARRAY = 1_000;

function growing(object: string, field: Shape): Finding {
  return {
    rule: "growing-array",
    severity: "warning",
    object,
    message: `${object} has up to ${field.longest} entries: documents that grow without end hit the size limit (16 MB in MongoDB, 400 KB in DynamoDB).`,
    fix: "Keep the entries as documents of their own, keyed by this one.",
  };
}

function dynamicKeys(object: string, field: Shape): Finding {
  const some = [...field.fields.keys()].slice(0, 3).join(", ");
  return {
    rule: "data-as-keys",
    severity: "warning",
    object,
    message: `The keys of ${object} look like data (${some}, …): they cannot be indexed.`,
    fix: "Use an array of { key, value }.",
  };
}

/** Many keys, each in few of the objects: ids or dates used as names. */
function looksDynamic(field: Shape, documents: number): boolean {
  if (field.fields.size < 10 || documents < 3) return false;
  const rare = [...field.fields.values()].filter(
    ({ seen }) => seen <= Math.max(1, field.objects * 0.2),
  ).length;
  return rare / field.fields.size > 0.8;
}

/** `userId`, `user_id` and `userid` side by side are one field that drifted. */
function nearNames(shape: Shape, path = ""): Finding[] {
  const groups = Map.groupBy(shape.fields.keys(), (name) =>
    name.toLowerCase().replaceAll(/[_-]/g, ""),
  );
  const found: Finding[] = [];
  for (const names of groups.values()) {
    if (names.length < 2) continue;
    found.push({
      rule: "name-drift",
      severity: "warning",
      object: path === "" ? (names[0] ?? "") : `${path}.${names[0] ?? ""}`,
      message: `${names.join(", ")} seem to be one field under several names.`,
      evidence: names.map((name) => `${name} ${shape.fields.get(name)?.seen ?? 0}×`).join(", "),
    });
  }
  for (const [name, field] of shape.fields)
    found.push(...nearNames(field, path === "" ? name : `${path}.${name}`));
  return found;
}
