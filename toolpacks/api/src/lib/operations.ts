/** The operations of an OpenAPI 3 document, with what each takes from its path and the whole. */
import { InputProblem } from "flotilla/worker/review";
import { at, entriesOf } from "./document.ts";
import type { Bundle, Node } from "./document.ts";
import { dict, isDict, list, shown, text } from "./values.ts";
import type { Dict } from "./values.ts";

export const METHODS = [
  "get",
  "put",
  "post",
  "delete",
  "options",
  "head",
  "patch",
  "trace",
  "query",
];
/** More paths than any document that people read; beyond it the tools would only take long. */
export const MAX_OPERATIONS = 5_000;

export interface Parameter {
  node: Node;
  name: string;
  in: string;
  required: boolean;
}
export interface Operation {
  /** `GET /pets/{id}`. */
  name: string;
  method: string;
  path: string;
  node: Node;
  value: Dict;
  parameters: Parameter[];
  /** Alternatives, each with schemes that must all hold; an empty one lets anybody in. */
  security: Dict[];
  /** Where the security above was said: at the operation, or for the whole document. */
  ownSecurity: boolean;
}

/** The version when it is OpenAPI 3; else an error that says what to do. */
export function openapiVersion(bundle: Bundle, what = "content"): string {
  const { openapi, swagger, asyncapi } = bundle.root.value;
  const version = text(openapi);
  if (version !== undefined && /^3\.[0-2](\.|$)/.test(version)) return version;
  if (swagger !== undefined) {
    throw new InputProblem(`${what}: is Swagger ${shown(swagger)}; convert it to OpenAPI 3 first.`);
  }
  if (asyncapi !== undefined) {
    throw new InputProblem(`${what}: is AsyncAPI; this tool reads OpenAPI 3.0 to 3.2.`);
  }
  throw new InputProblem(`${what}: expected "openapi": "3.x" at the top.`);
}

export function operationsOf(bundle: Bundle): Operation[] {
  const general = bundle.root.value["security"];
  const operations: Operation[] = [];
  for (const [path, item] of entriesOf(bundle, at(bundle, bundle.root, "paths"))) {
    for (const method of METHODS) {
      const node = at(bundle, item, method);
      if (node === undefined || !isDict(node.value)) continue;
      if (operations.length >= MAX_OPERATIONS) {
        throw new InputProblem(
          `The document has more than ${MAX_OPERATIONS} operations; pass a part of it.`,
        );
      }
      const own = node.value["security"];
      operations.push({
        name: `${method.toUpperCase()} ${path}`,
        method,
        path,
        node,
        value: node.value,
        parameters: parametersOf(bundle, item, node),
        security: list(own ?? general).filter(isDict),
        ownSecurity: own !== undefined,
      });
    }
  }
  return operations;
}

/** An operation's parameters win over those of its path. */
function parametersOf(bundle: Bundle, item: Node, operation: Node): Parameter[] {
  const found = new Map<string, Parameter>();
  for (const holder of [item, operation]) {
    for (const [, node] of entriesOf(bundle, at(bundle, holder, "parameters"))) {
      const { name, in: place, required } = dict(node.value);
      if (typeof name !== "string" || typeof place !== "string") continue;
      found.set(`${place} ${name}`, { node, name, in: place, required: required === true });
    }
  }
  return [...found.values()];
}

/** Media types of a request body or response, with their schema. */
export function contentsOf(
  bundle: Bundle,
  holder: Node | undefined,
): { type: string; node: Node; schema: Node | undefined }[] {
  if (holder === undefined) return [];
  return entriesOf(bundle, at(bundle, holder, "content")).map(([type, node]) => ({
    type,
    node,
    schema: at(bundle, node, "schema"),
  }));
}

export function responsesOf(bundle: Bundle, operation: Operation): [string, Node][] {
  return entriesOf(bundle, at(bundle, operation.node, "responses")).filter(
    ([status]) => !status.startsWith("x-"),
  );
}
