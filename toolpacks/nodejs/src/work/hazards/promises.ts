/** Promises whose failure nobody sees. */
import type { Finding } from "flotilla/worker/review";
import { calleeOf, child, children, enclosing, isFunction, isNode, nameOf } from "./ast.ts";
import type { Node, Source } from "./ast.ts";
import type { Calls } from "./calls.ts";

const PROMISED = new Set([
  "fs/promises",
  "timers/promises",
  "stream/promises",
  "dns/promises",
  "readline/promises",
  "fs-extra",
]);
const ITERATORS = new Set([
  "forEach",
  "filter",
  "some",
  "every",
  "find",
  "findIndex",
  "sort",
  "reduce",
]);
const STATICS = new Set(["all", "allSettled", "any", "race", "reject"]);

export function promiseFindings(source: Source, calls: Calls): Finding[] {
  return source.nodes.flatMap((node): Finding[] => {
    if (node.type === "ExpressionStatement") return floating(source, node, calls);
    if (node.type === "NewExpression") return executor(source, node);
    if (node.type === "CallExpression")
      return [...iterating(source, node), ...listening(source, node)];
    if (node.type === "ReturnStatement") return returning(source, node, calls);
    return [];
  });
}

type Words = Pick<Finding, "rule" | "severity" | "message" | "fix"> & { object?: string };

function found(source: Source, node: Node, words: Words): Finding {
  return { ...words, location: { file: source.file, ...source.at(node.start) } };
}

/** The words of a call that gives a promise; undefined for all others. */
function promised(source: Source, node: Node | undefined, calls: Calls): string | undefined {
  if (node?.type === "ImportExpression") return "import()";
  if (node?.type !== "CallExpression") return undefined;
  const target = calls.target(source, node);
  // What catches all itself cannot fail unseen.
  if (target?.async === true) return isGuarded(target.node) ? undefined : target.name;
  const callee = child(node, "callee");
  // (async () => …)()
  if (isFunction(callee) && callee["async"] === true) return "the async function";
  const { module, name, object } = calleeOf(source, node) ?? { name: "" };
  if (module !== undefined && PROMISED.has(module)) return name;
  if (module === undefined && object === undefined && name === "fetch") return name;
  return module === undefined && object === "Promise" && STATICS.has(name)
    ? `Promise.${name}`
    : undefined;
}

function floating(source: Source, statement: Node, calls: Calls): Finding[] {
  const expression = child(statement, "expression");
  const { text, handled } = chainOf(source, expression, calls);
  if (text === undefined || handled) return [];
  return [
    found(source, statement, {
      rule: "floating-promise",
      severity: "warning",
      message: `Nobody waits for ${text}: when it fails, the process ends with an unhandled rejection.`,
      object: text,
      fix: "Await it, return it, or add .catch().",
    }),
  ];
}

/** Follows `.then().finally()` down to the call that made the promise. */
function chainOf(
  source: Source,
  expression: Node | undefined,
  calls: Calls,
): { text: string | undefined; handled: boolean } {
  let node = expression;
  let chained = false;
  for (let step = 0; step < 50; step += 1) {
    const callee = node?.type === "CallExpression" ? child(node, "callee") : undefined;
    const method =
      callee?.type === "MemberExpression" ? nameOf(child(callee, "property")) : undefined;
    if (method !== "then" && method !== "catch" && method !== "finally") break;
    const given = children(node, "arguments");
    if (method === "catch" || (method === "then" && given.length > 1))
      return { text: undefined, handled: true };
    chained ||= method === "then";
    node = child(callee, "object");
  }
  if (chained) return { text: "the promise of .then()", handled: false };
  const text = promised(source, node, calls);
  // It never rejects; only what is done with it can.
  return { text: text === "Promise.allSettled" ? undefined : text, handled: false };
}

function executor(source: Source, node: Node): Finding[] {
  const [first] = children(node, "arguments");
  if (nameOf(child(node, "callee")) !== "Promise" || !isFunction(first) || first["async"] !== true)
    return [];
  return [
    found(source, node, {
      rule: "async-executor",
      severity: "error",
      message:
        "The executor of a promise is async: what it throws is lost, and the promise never settles.",
      fix: "Make the function itself async, without new Promise.",
    }),
  ];
}

function asyncArgument(call: Node): Node | undefined {
  return children(call, "arguments").find((one) => isFunction(one) && one["async"] === true);
}

function iterating(source: Source, call: Node): Finding[] {
  const name =
    child(call, "callee")?.type === "MemberExpression"
      ? nameOf(child(child(call, "callee"), "property"))
      : undefined;
  if (name === undefined || !ITERATORS.has(name) || asyncArgument(call) === undefined) return [];
  return [
    found(source, call, {
      rule: "async-callback",
      severity: name === "reduce" ? "info" : name === "forEach" ? "warning" : "error",
      message:
        name === "forEach"
          ? "forEach waits for none of its async calls, and nobody sees them fail."
          : `${name} gets promises from its async callback, and a promise is always true.`,
      object: name,
      fix: "Use for … of with await, or Promise.all over map.",
    }),
  ];
}

/** An emitter takes no notice of what its listener returns. */
function listening(source: Source, call: Node): Finding[] {
  const callee = calleeOf(source, call);
  const listener = asyncArgument(call);
  if (callee === undefined || listener === undefined) return [];
  const emitter =
    ["on", "once", "addListener", "prependListener"].includes(callee.name) &&
    callee.object !== undefined;
  const timer = ["setTimeout", "setInterval", "setImmediate", "nextTick"].includes(callee.name);
  if ((!emitter && !timer) || isGuarded(listener)) return [];
  return [
    found(source, call, {
      rule: "async-listener",
      severity: "warning",
      message: `The async ${emitter ? "listener" : "callback"} of ${callee.name} has no try: when it fails, the process ends with an unhandled rejection.`,
      object: callee.name,
      fix: "Put its body into try … catch.",
    }),
  ];
}

/** All that its body does can only fail inside of a try with a catch. */
function isGuarded(fn: Node): boolean {
  const body = child(fn, "body");
  if (body?.type !== "BlockStatement") return false;
  return children(body, "body").every((one) => {
    if (one.type === "TryStatement") return child(one, "handler") !== undefined;
    return one.type === "VariableDeclaration" && !calls(one);
  });
}

const CALLING = new Set([
  "CallExpression",
  "NewExpression",
  "AwaitExpression",
  "ImportExpression",
  "TaggedTemplateExpression",
]);

function calls(root: Node): boolean {
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (CALLING.has(node.type)) return true;
    if (!isFunction(node)) open.push(...Object.values(node).flat().filter(isNode));
  }
  return false;
}

/** `try { return work() } catch` catches nothing of what work() rejects with. */
function returning(source: Source, statement: Node, calls: Calls): Finding[] {
  const fn = enclosing(source, statement, isFunction);
  const tried = enclosing(source, statement, ({ type }) => type === "TryStatement");
  if (fn?.["async"] !== true || tried === undefined || child(tried, "handler") === undefined)
    return [];
  const block = child(tried, "block");
  const inBlock =
    block !== undefined &&
    statement.start >= block.start &&
    statement.end <= block.end &&
    tried.start > fn.start;
  const text = inBlock ? promised(source, child(statement, "argument"), calls) : undefined;
  if (text === undefined) return [];
  return [
    found(source, statement, {
      rule: "return-without-await",
      severity: "warning",
      message: `The catch around it does not see ${text} fail: it is returned, not awaited.`,
      object: text,
      fix: "Write return await.",
    }),
  ];
}
