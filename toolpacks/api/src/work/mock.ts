/** Holds examples and recorded traffic against the document, and makes examples where there are none. */
import { at, readBundle, reportIn } from "../lib/document.ts";
import type { Bundle, Node } from "../lib/document.ts";
import type { FindingReport } from "flotilla/worker/review";
import type { DocumentInput } from "../lib/inputs.ts";
import { contentsOf, openapiVersion, operationsOf, responsesOf } from "../lib/operations.ts";
import type { Operation } from "../lib/operations.ts";
import { walkSchemas, schemaName } from "../lib/schemas.ts";
import { dict, list } from "../lib/values.ts";
import type { Direction } from "./diff-schema.ts";
import { generateExamples } from "./mock-generate.ts";
import type { GenerateInput, GeneratedExample } from "./mock-generate.ts";
import { examplesAt, unusable } from "./mock-walk.ts";
import type { MockWalk } from "./mock-walk.ts";
import { checkTraffic, exchangesOf } from "./mock-traffic.ts";
import type { Exchange } from "./mock-traffic.ts";
import { createValidator } from "./validator.ts";

export interface MockInput extends DocumentInput {
  /** Default true. */
  examples?: boolean;
  traffic?: Exchange[];
  har?: Record<string, unknown>;
  generate?: GenerateInput;
  ignore?: string[];
}
export interface MockAnswer extends FindingReport {
  examplesChecked: number;
  exchangesChecked: number;
  /** Of the document's operations and described answers, what the traffic touched. Absent without traffic. */
  coverage?: { operations: number; seen: number; unseen: string[]; responsesUnseen: string[] };
  generated: GeneratedExample[];
}

export function checkMock(input: MockInput): MockAnswer {
  const bundle = readBundle(input);
  openapiVersion(bundle, bundle.root.file);
  const walk: MockWalk = {
    bundle,
    operations: operationsOf(bundle),
    validator: createValidator(bundle),
    drafts: [],
  };
  const examplesChecked = input.examples === false ? 0 : checkExamples(walk);
  const exchanges = exchangesOf(input);
  const coverage = exchanges.length === 0 ? undefined : checkTraffic(walk, exchanges);
  const generated = input.generate === undefined ? [] : generateExamples(walk, input.generate);
  return {
    examplesChecked,
    exchangesChecked: exchanges.length,
    ...(coverage === undefined ? {} : { coverage }),
    generated,
    ...reportIn(bundle, walk.drafts, input.ignore),
  };
}

interface Example {
  node: Node;
  schema: Node;
  direction: Direction;
  object: string;
}

function checkExamples(walk: MockWalk): number {
  const found = new Map<string, Example>();
  const note = (example: Example): void =>
    void found.set(`${example.node.file} ${example.node.path.join("/")}`, example);
  const roots: { schema: Node; direction: Direction }[] = [];
  for (const operation of walk.operations) {
    for (const { holder, direction } of holdersOf(walk.bundle, operation)) {
      const schema = at(walk.bundle, holder, "schema");
      if (schema === undefined) continue;
      roots.push({ schema, direction });
      for (const node of examplesAt(walk.bundle, holder))
        note({ node, schema, direction, object: operation.name });
    }
  }
  for (const { schema, direction } of roots) {
    walkSchemas(walk.bundle, [schema], ({ node }) => {
      const value = dict(node.value);
      const here = (key: string | number, of: unknown): Node => ({
        file: node.file,
        path: [
          ...node.path,
          ...(key === "example" || key === "default" ? [key] : ["examples", key]),
        ],
        value: of,
      });
      const about = { schema: node, direction, object: schemaName(node) };
      for (const key of ["example", "default"])
        if (key in value) note({ ...about, node: here(key, value[key]) });
      for (const [index, one] of list(value["examples"]).entries())
        note({ ...about, node: here(index, one) });
    });
  }
  for (const one of found.values()) checkExample(walk, one);
  return found.size;
}

/** Whatever has a schema and examples: parameters, bodies, answers. */
function holdersOf(bundle: Bundle, operation: Operation): { holder: Node; direction: Direction }[] {
  const body = at(bundle, operation.node, "requestBody");
  return [
    ...operation.parameters.map(({ node }) => ({ holder: node, direction: "request" as const })),
    ...contentsOf(bundle, body).map(({ node }) => ({
      holder: node,
      direction: "request" as const,
    })),
    ...responsesOf(bundle, operation).flatMap(([, response]) =>
      contentsOf(bundle, response).map(({ node }) => ({
        holder: node,
        direction: "response" as const,
      })),
    ),
  ];
}

function checkExample(
  { validator, drafts }: MockWalk,
  { node, schema, direction, object }: Example,
): void {
  try {
    for (const { pointer, message, found } of validator.check(schema, node.value, direction)) {
      const below = pointer
        .split("/")
        .slice(1)
        .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
      drafts.push({
        rule: node.path.at(-1) === "default" ? "default-mismatch" : "example-mismatch",
        severity: "error",
        message: `The ${node.path.at(-1) === "default" ? "default" : "example"}${pointer === "" ? "" : ` at ${pointer}`} ${message}.`,
        object,
        node: {
          file: node.file,
          path: [...node.path, ...below.map((key) => (/^\d+$/.test(key) ? Number(key) : key))],
        },
        evidence: found,
        fix: "Correct the example, or the schema if the example is right.",
      });
    }
  } catch (error) {
    drafts.push(unusable(schema, error));
  }
}
