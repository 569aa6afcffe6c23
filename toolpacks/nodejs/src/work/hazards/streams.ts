/** Streams, sockets and children whose error event nobody hears: the first error ends the process. */
import type { Finding } from "flotilla/worker/review";
import { calleeOf, child, children, enclosing, isFunction, nameOf } from "./ast.ts";
import type { Node, Source } from "./ast.ts";

const MAKERS: Record<string, ReadonlySet<string>> = {
  fs: new Set(["createReadStream", "createWriteStream"]),
  net: new Set(["connect", "createConnection"]),
  tls: new Set(["connect"]),
  http: new Set(["request", "get"]),
  https: new Set(["request", "get"]),
  child_process: new Set(["spawn", "fork"]),
  zlib: new Set([
    "createGzip",
    "createGunzip",
    "createInflate",
    "createDeflate",
    "createUnzip",
    "createBrotliCompress",
    "createBrotliDecompress",
  ]),
};

export function streamFindings(source: Source): Finding[] {
  return source.nodes
    .filter(({ type }) => type === "CallExpression")
    .flatMap((call): Finding[] => {
      const callee = calleeOf(source, call);
      if (callee?.module === undefined || MAKERS[callee.module]?.has(callee.name) !== true)
        return [];
      const trouble = troubleOf(source, call);
      if (trouble === undefined) return [];
      return [
        {
          rule: "stream-without-error-handler",
          severity: "error",
          message: `Nobody hears the "error" event of ${callee.name}${trouble}: the first error ends the process.`,
          location: { file: source.file, ...source.at(call.start) },
          object: callee.name,
          fix: 'Use pipeline of node:stream/promises, or add .on("error", …).',
        },
      ];
    });
}

/** Undefined where it is handled, or where that cannot be told from here. */
function troubleOf(source: Source, call: Node): string | undefined {
  const chain = methodsAfter(source, call);
  if (chain.handled) return undefined;
  const parent = source.parent.get(chain.last);
  const piped = chain.names.includes("pipe");
  if (parent?.type === "ExpressionStatement") return piped ? ", which is piped on" : "";
  // What is piped is never what the chain gives: nobody can reach it any more.
  if (piped) return ", which is piped on";
  if (parent?.type !== "VariableDeclarator" || nameOf(child(parent, "id")) === undefined)
    return undefined;
  const name = nameOf(child(parent, "id")) ?? "";
  return isHandled(source, call, name) ? undefined : "";
}

interface Chain {
  names: string[];
  last: Node;
  handled: boolean;
}

/** `createReadStream(f).on("error", e).pipe(x)`: what is called on it in one go. */
function methodsAfter(source: Source, call: Node): Chain {
  const chain: Chain = { names: [], last: call, handled: false };
  for (let step = 0; step < 100; step += 1) {
    const member = source.parent.get(chain.last);
    const next = member === undefined ? undefined : source.parent.get(member);
    if (
      member?.type !== "MemberExpression" ||
      next?.type !== "CallExpression" ||
      child(member, "object") !== chain.last
    )
      break;
    const name = nameOf(child(member, "property")) ?? "";
    // After pipe the chain is about another stream.
    if (!chain.names.includes("pipe") && listens(name, next)) chain.handled = true;
    chain.names.push(name);
    chain.last = next;
  }
  return chain;
}

function listens(name: string, call: Node): boolean {
  return (
    ["on", "once", "addListener"].includes(name) &&
    nameOf(children(call, "arguments")[0]) === "error"
  );
}

/** A listener, or the variable goes somewhere that may add one: an argument, a return, a field, an iteration. */
function isHandled(source: Source, call: Node, name: string): boolean {
  const scope = enclosing(source, call, (node) => node.type === "Program" || isFunction(node));
  return source.nodes.some((node) => {
    if (
      node.type !== "Identifier" ||
      node["name"] !== name ||
      scope === undefined ||
      node.start < scope.start ||
      node.end > scope.end
    )
      return false;
    const parent = source.parent.get(node);
    if (parent?.type === "VariableDeclarator") return child(parent, "id") !== node;
    if (parent?.type !== "MemberExpression" || child(parent, "object") !== node)
      return !isPipe(source, node, parent);
    const outer = source.parent.get(parent);
    if (outer?.type !== "CallExpression") return false;
    return listens(nameOf(child(parent, "property")) ?? "", outer);
  });
}

/** `a.pipe(name)` does not make anyone listen to name's errors. */
function isPipe(source: Source, node: Node, parent: Node | undefined): boolean {
  if (parent?.type !== "CallExpression" || !children(parent, "arguments").includes(node))
    return false;
  return (
    nameOf(child(child(parent, "callee"), "property")) === "pipe" &&
    source.parent.get(node) === parent
  );
}
