/** The syntax tree of one file, with parents, places and the names it imports. */
import { parseSync } from "oxc-parser";
import { isTooDeep } from "flotilla/worker/review";

/** ESTree, as loosely as a walk needs it. */
export interface Node {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

export interface Source {
  file: string;
  text: string;
  /** All nodes, parents before children. */
  nodes: Node[];
  parent: Map<Node, Node>;
  /** Local names and where they are from: `readFileSync` → node `fs`, name `readFileSync`; a whole module has name `*`. */
  imports: Map<string, { module: string; name: string }>;
  at(offset: number): { line: number; column: number };
}

export type Read = Source | { file: string; problem: string; line: number; column: number };

export function readSource(file: string, text: string): Read {
  if (isTooDeep(text))
    return { file, problem: "It nests too deep to be read safely.", line: 1, column: 1 };
  const at = places(text);
  const { program, errors } = parseSync(file, text);
  const [error] = errors;
  const asTree: unknown = program;
  if (error !== undefined || !isNode(asTree)) {
    const start = error?.labels[0]?.start ?? 0;
    return { file, problem: error?.message ?? "It cannot be read.", ...at(start) };
  }
  const { nodes, parent } = walked(asTree);
  const source: Source = { file, text, nodes, parent, imports: new Map(), at };
  for (const node of nodes) takeImports(node, source);
  return source;
}

export function isNode(value: unknown): value is Node {
  return (
    typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"
  );
}

export function child(node: Node | undefined, field: string): Node | undefined {
  const value = node?.[field];
  return isNode(value) ? value : undefined;
}

export function children(node: Node | undefined, field: string): Node[] {
  const value = node?.[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

export function nameOf(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (node.type === "Identifier" || node.type === "PrivateIdentifier")
    return typeof node["name"] === "string" ? node["name"] : undefined;
  return node.type === "Literal" && typeof node["value"] === "string" ? node["value"] : undefined;
}

function walked(root: Node): { nodes: Node[]; parent: Map<Node, Node> } {
  const nodes: Node[] = [];
  const parent = new Map<Node, Node>();
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    nodes.push(node);
    for (const value of Object.values(node)) {
      for (const one of Array.isArray(value) ? value : [value]) {
        if (!isNode(one)) continue;
        parent.set(one, node);
        open.push(one);
      }
    }
  }
  return { nodes, parent };
}

function places(text: string): Source["at"] {
  const starts = [0];
  for (let next = text.indexOf("\n"); next !== -1; next = text.indexOf("\n", next + 1))
    starts.push(next + 1);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

export const bare = (module: string): string => module.replace(/^node:/, "");

function takeImports(node: Node, { imports }: Source): void {
  if (node.type === "ImportDeclaration") {
    const module = bare(nameOf(child(node, "source")) ?? "");
    for (const one of children(node, "specifiers")) {
      const local = nameOf(child(one, "local"));
      const name = one.type === "ImportSpecifier" ? (nameOf(child(one, "imported")) ?? "*") : "*";
      if (local !== undefined) imports.set(local, { module, name });
    }
  }
  if (node.type !== "VariableDeclarator") return;
  const module = requiredModule(child(node, "init"));
  const id = child(node, "id");
  if (module === undefined) return;
  const local = nameOf(id);
  if (local !== undefined) imports.set(local, { module: module.module, name: module.name });
  for (const property of id?.type === "ObjectPattern" ? children(id, "properties") : []) {
    const name = nameOf(child(property, "key"));
    const value = child(property, "value");
    const own = nameOf(value?.type === "AssignmentPattern" ? child(value, "left") : value);
    if (name !== undefined && own !== undefined)
      imports.set(own, {
        module: module.name === "*" ? module.module : `${module.module}/${module.name}`,
        name,
      });
  }
}

/** `require("fs")`, `require("fs").promises`. */
function requiredModule(init: Node | undefined): { module: string; name: string } | undefined {
  if (init?.type === "MemberExpression") {
    const inner = requiredModule(child(init, "object"));
    const name = nameOf(child(init, "property"));
    return inner === undefined || name === undefined ? undefined : { module: inner.module, name };
  }
  if (init?.type !== "CallExpression" || nameOf(child(init, "callee")) !== "require")
    return undefined;
  const module = nameOf(children(init, "arguments")[0]);
  return module === undefined ? undefined : { module: bare(module), name: "*" };
}

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);
export const isFunction = (node: Node | undefined): node is Node =>
  node !== undefined && FUNCTIONS.has(node.type);

export function enclosing(
  source: Source,
  node: Node,
  is: (one: Node) => boolean,
): Node | undefined {
  for (let one = source.parent.get(node); one !== undefined; one = source.parent.get(one))
    if (is(one)) return one;
  return undefined;
}

/**
 * What a call calls: `fs.readFileSync` → module fs, name readFileSync; an unknown object has no module.
 */
export interface Callee {
  module?: string;
  name: string;
  /** The object's own name, for what is not imported. */
  object?: string;
}

export function calleeOf({ imports }: Source, call: Node): Callee | undefined {
  const callee = child(call, "callee");
  const plain = callee?.type === "Identifier" ? nameOf(callee) : undefined;
  if (plain !== undefined) {
    const from = imports.get(plain);
    return from === undefined
      ? { name: plain }
      : { module: from.module, name: from.name === "*" ? plain : from.name };
  }
  if (callee?.type !== "MemberExpression" || callee["computed"] === true) return undefined;
  const name = nameOf(child(callee, "property"));
  if (name === undefined) return undefined;
  const object = child(callee, "object");
  if (object?.type === "MemberExpression") {
    const [base, middle] = [nameOf(child(object, "object")), nameOf(child(object, "property"))];
    const from = base === undefined ? undefined : imports.get(base);
    // fs.promises.readFile
    return from === undefined
      ? { name, ...(middle === undefined ? {} : { object: middle }) }
      : { module: `${from.module}/${middle ?? ""}`, name };
  }
  const base = nameOf(object);
  const from = base === undefined ? undefined : imports.get(base);
  if (from !== undefined)
    return {
      module: from.name === "*" ? from.module : `${from.module}/${from.name}`,
      name,
      object: base ?? "",
    };
  return { name, ...(base === undefined ? {} : { object: base }) };
}
