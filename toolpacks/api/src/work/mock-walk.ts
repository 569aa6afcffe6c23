/** What checking examples, checking traffic and making examples share. */
import { at, entriesOf } from "../lib/document.ts";
import type { Bundle, Draft, Node } from "../lib/document.ts";
import type { Operation } from "../lib/operations.ts";
import { schemaName } from "../lib/schemas.ts";
import { dict } from "../lib/values.ts";
import type { Validator } from "./validator.ts";

export interface MockWalk {
  bundle: Bundle;
  operations: Operation[];
  validator: Validator;
  drafts: Draft[];
}

export function examplesAt(bundle: Bundle, holder: Node): Node[] {
  const value = dict(holder.value);
  const own =
    "example" in value
      ? [{ ...holder, path: [...holder.path, "example"], value: value["example"] }]
      : [];
  const named = entriesOf(bundle, at(bundle, holder, "examples")).flatMap(([, node]) => {
    const one = dict(node.value);
    return "value" in one ? [{ ...node, path: [...node.path, "value"], value: one["value"] }] : [];
  });
  return [...own, ...named];
}

export function unusable(schema: Node, error: unknown): Draft {
  return {
    rule: "schema-unusable",
    severity: "error",
    message: `Nothing can be checked against this schema: ${error instanceof Error ? error.message : String(error)}`,
    node: schema,
    object: schemaName(schema),
    fix: "Correct the schema (a pattern that is no regular expression is the usual reason).",
  };
}
