/** The functions of all given files, who calls whom, and which of them answer requests. */
import { createResolver } from "../bundle/resolve.ts";
import { calleeOf, child, children, enclosing, isFunction, nameOf } from "./ast.ts";
import type { Node, Source } from "./ast.ts";

export interface Fn {
  source: Source;
  node: Node;
  name: string;
  async: boolean;
  /** Set where requests reach it: the way there, by names. */
  way?: string[];
}

export interface Calls {
  functions: Fn[];
  /** The function around a node. */
  around(source: Source, node: Node): Fn | undefined;
  /** What a call leads to, where that is one of the given functions. */
  target(source: Source, call: Node): Fn | undefined;
}

const VERBS = new Set([
  "get",
  "post",
  "put",
  "patch",
  "delete",
  "all",
  "use",
  "options",
  "head",
  "route",
  "addHook",
]);
const EXPORTED = new Set(["handler", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]);
const MAX_WAY = 12;

export function callsOf(
  sources: readonly Source[],
  files: Readonly<Record<string, string>>,
): Calls {
  const byNode = new Map<Node, Fn>();
  const byName = new Map<string, Fn>();
  for (const source of sources) {
    for (const node of source.nodes.filter(isFunction)) {
      const fn: Fn = {
        source,
        node,
        name: functionName(source, node),
        async: node["async"] === true,
      };
      byNode.set(node, fn);
      if (fn.name !== "(anonymous)" && !byName.has(`${source.file}\n${fn.name}`))
        byName.set(`${source.file}\n${fn.name}`, fn);
    }
  }
  const resolver = createResolver(files, { browser: false, conditions: ["node"] });
  const around: Calls["around"] = (source, node) => {
    const found = enclosing(source, node, isFunction);
    return found === undefined ? undefined : byNode.get(found);
  };
  const target: Calls["target"] = (source, call) => {
    const callee = calleeOf(source, call);
    if (callee === undefined) return undefined;
    if (callee.module === undefined) {
      const isOwn =
        callee.object === undefined ||
        callee.object === "this" ||
        child(child(call, "callee"), "object")?.type === "ThisExpression";
      return isOwn ? byName.get(`${source.file}\n${callee.name}`) : undefined;
    }
    if (!callee.module.startsWith(".")) return undefined;
    const file = resolver.resolve(callee.module, source.file, "import");
    return file === undefined ? undefined : byName.get(`${file}\n${callee.name}`);
  };
  const calls: Calls = { functions: [...byNode.values()], around, target };
  markRequests(sources, calls, { byNode, byName });
  return calls;
}

function functionName(source: Source, node: Node): string {
  const own = nameOf(child(node, "id"));
  if (own !== undefined) return own;
  const parent = source.parent.get(node);
  if (parent?.type === "VariableDeclarator") return nameOf(child(parent, "id")) ?? "(anonymous)";
  if (parent?.type === "AssignmentExpression") {
    const left = child(parent, "left");
    return nameOf(left) ?? nameOf(child(left, "property")) ?? "(anonymous)";
  }
  if (
    parent?.type === "Property" ||
    parent?.type === "MethodDefinition" ||
    parent?.type === "PropertyDefinition"
  )
    return nameOf(child(parent, "key")) ?? "(anonymous)";
  return "(anonymous)";
}

interface Index {
  byNode: ReadonlyMap<Node, Fn>;
  byName: ReadonlyMap<string, Fn>;
}

/** From those that answer requests along the calls, breadth first. */
function markRequests(sources: readonly Source[], calls: Calls, index: Index): void {
  const queue: Fn[] = [];
  const mark = (fn: Fn | undefined, way: string[]): void => {
    if (fn === undefined || fn.way !== undefined || way.length > MAX_WAY) return;
    fn.way = way;
    queue.push(fn);
  };
  for (const source of sources) for (const { fn, by } of handlersIn(source, index)) mark(fn, [by]);
  for (const fn of calls.functions) if (looksLikeHandler(fn)) mark(fn, [fn.name]);
  const inside = new Map<Fn, { source: Source; call: Node }[]>();
  for (const source of sources) {
    for (const call of source.nodes.filter(({ type }) => type === "CallExpression")) {
      const fn = calls.around(source, call);
      if (fn !== undefined) inside.set(fn, [...(inside.get(fn) ?? []), { source, call }]);
    }
  }
  for (let at = 0; at < queue.length; at += 1) {
    const fn = queue[at];
    if (fn?.way === undefined) continue;
    for (const { source, call } of inside.get(fn) ?? []) {
      const to = calls.target(source, call);
      mark(to, [...fn.way, to?.name ?? ""]);
      // A function written into a call within a handler runs for the request too.
      for (const argument of children(call, "arguments"))
        if (isFunction(argument)) mark(index.byNode.get(argument), fn.way);
    }
  }
}

function handlersIn(
  source: Source,
  { byNode, byName }: Index,
): { fn: Fn | undefined; by: string }[] {
  return source.nodes
    .filter(({ type }) => type === "CallExpression")
    .flatMap((call) => {
      const given = children(call, "arguments");
      const by = registration(source, call, given);
      if (by === undefined) return [];
      return given.map((one) => {
        const name = nameOf(one.type === "Identifier" ? one : undefined);
        return {
          fn: isFunction(one)
            ? byNode.get(one)
            : name === undefined
              ? undefined
              : byName.get(`${source.file}\n${name}`),
          by,
        };
      });
    });
}

/** In words what a call registers, when it registers request handlers. */
function registration(source: Source, call: Node, given: readonly Node[]): string | undefined {
  const callee = calleeOf(source, call);
  const first = nameOf(given[0]);
  if (callee === undefined) return undefined;
  if (callee.name === "createServer" || callee.name === "createSecureServer") return "createServer";
  if (callee.name === "on" && (first === "request" || first === "connection"))
    return `on("${first}")`;
  if (callee.object === undefined || !VERBS.has(callee.name)) return undefined;
  const routed =
    first?.startsWith("/") === true || (callee.name === "use" && given.some(isFunction));
  return routed ? `${callee.object}.${callee.name}(${first ?? ""})` : undefined;
}

function looksLikeHandler({ node, name, source }: Fn): boolean {
  const [first, second] = children(node, "params").map(nameOf);
  if (/^_?(req|request)$/.test(first ?? "") && /^_?(res|response|reply|next)$/.test(second ?? ""))
    return true;
  const parent = source.parent.get(node);
  const outer =
    parent?.type === "VariableDeclarator"
      ? source.parent.get(source.parent.get(parent) ?? parent)
      : parent;
  return EXPORTED.has(name) && outer?.type === "ExportNamedDeclaration";
}
