/** One walk over a module's tree that gathers the numbers of the module and of each function in it. */
import { NESTING, NO_COUNTS, addToken, casesOf } from "./complexity-count.ts";
import type { Counts } from "./complexity-count.ts";
import { addExpression, noHalstead } from "./halstead.ts";
import type { Halstead } from "./halstead.ts";
import { placeOf, textOf } from "./syntax.ts";
import type { Source, SyntaxNode } from "./syntax.ts";

export interface Scope {
  /** `Class.method`, `outer.inner`; empty for the module. */
  name: string;
  from: number;
  line: number;
  column: number;
  endLine: number;
  parameters: number;
  counts: Counts;
  halstead: Halstead;
  /** Depth of nesting right now; and the deepest a function is nested in others. */
  depth: number;
  /** Called as itself: recursion costs once. */
  recursive: boolean;
}

const COUNTED_STATEMENT = /(?:Statement|Definition)$/;
const GROUPS = new Set(["DecoratedStatement", "StatementGroup"]);
/** Parts of a function that are not its body: they run elsewhere, and radon does not count them. */
const HEAD = new Set(["ParamList", "TypeDef", "TypeParamList"]);

interface Walk {
  source: Source;
  module: Scope;
  done: Scope[];
  /** Classes and functions around the current node. */
  open: { node: string; name: string; scope: Scope | undefined; from: number }[];
  /** Greater than 0 inside of parts that count for nobody. */
  heads: number;
}

export function walkScopes(source: Source): { module: Scope; functions: Scope[] } {
  const module = scopeOf(source, "", { from: 0, to: source.text.length });
  const walk: Walk = { source, module, done: [], open: [], heads: 0 };
  source.tree.iterate({
    enter: (ref) => enter(walk, ref.node),
    leave: (ref) => leave(walk, ref.node),
  });
  return { module, functions: walk.done };
}

function scopeOf(source: Source, name: string, span: { from: number; to: number }): Scope {
  return {
    name,
    from: span.from,
    ...placeOf(source, span.from),
    endLine: placeOf(source, Math.max(span.from, span.to - 1)).line,
    parameters: 0,
    counts: { ...NO_COUNTS },
    halstead: noHalstead(),
    depth: 0,
    recursive: false,
  };
}

/** The innermost function around, or the module. */
function current(walk: Walk): Scope {
  return walk.open.findLast(({ scope }) => scope !== undefined)?.scope ?? walk.module;
}

/** The body of an except clause. */
function isHandler(node: SyntaxNode): boolean {
  if (node.name !== "Body" || node.parent?.name !== "TryStatement") return false;
  let before = node.prevSibling;
  while (before !== null && !/^(?:except|try|else|finally)$/.test(before.name)) {
    before = before.prevSibling;
  }
  return before?.name === "except";
}

function isHead(node: SyntaxNode): boolean {
  return HEAD.has(node.name) && node.parent?.name === "FunctionDefinition";
}

function enter(walk: Walk, node: SyntaxNode): void {
  if (isHead(node)) walk.heads += 1;
  if (walk.heads > 0) return;
  if (node.name === "FunctionDefinition" || node.name === "ClassDefinition") openScope(walk, node);
  const scope = current(walk);
  const { counts } = scope;
  if (COUNTED_STATEMENT.test(node.name) && !GROUPS.has(node.name)) addStatement(walk, node, scope);
  if (NESTING.has(node.name) || isHandler(node)) {
    scope.depth += 1;
    if (!node.name.endsWith("Expression")) counts.nesting = Math.max(counts.nesting, scope.depth);
  } else if (/^(?:Binary|Unary)Expression$|^UpdateStatement$/.test(node.name)) {
    addExpression(scope.halstead, node, { source: walk.source, scope: scope.name });
  } else if (node.name === "CallExpression" && !scope.recursive && callsItself(walk, node, scope)) {
    scope.recursive = true;
    counts.cognitive += 1;
  }
  if (node.firstChild === null) addToken(counts, node, scope.depth);
}

function addStatement(walk: Walk, node: SyntaxNode, scope: Scope): void {
  const { counts } = scope;
  if (node.name !== "FunctionDefinition" || scope.from !== node.from) counts.statements += 1;
  if (node.name === "ReturnStatement") counts.returns += 1;
  if (node.name === "MatchStatement") counts.cyclomatic += casesOf(node);
}

function leave(walk: Walk, node: SyntaxNode): void {
  const { name, from } = node;
  const top = walk.open.at(-1);
  if (walk.heads === 0 && (NESTING.has(name) || isHandler(node))) current(walk).depth -= 1;
  if (walk.heads > 0 && HEAD.has(name)) walk.heads -= 1;
  if (top?.node !== name || top.from !== from) return;
  walk.open.pop();
  if (top.scope !== undefined) walk.done.push(top.scope);
}

function openScope(walk: Walk, node: SyntaxNode): void {
  const nameNode = node.getChild("VariableName");
  const own = nameNode === null ? "?" : textOf(walk.source, nameNode);
  const outer = walk.open.map(({ name }) => name);
  const { name, from } = node;
  const scope =
    name === "FunctionDefinition"
      ? scopeOf(walk.source, [...outer, own].join("."), node)
      : undefined;
  if (scope !== undefined) scope.parameters = parametersOf(node);
  walk.open.push({ node: name, name: own, scope, from });
}

/** Without `self` and `cls`. */
function parametersOf(node: SyntaxNode): number {
  const list = node.getChild("ParamList");
  const names = list?.getChildren("VariableName") ?? [];
  // Defaults that are names stand behind an "=", parameters do not.
  const own = names.filter(({ prevSibling }) => prevSibling?.name !== "AssignOp");
  const isMethod =
    node.parent?.parent?.name === "ClassDefinition" ||
    node.parent?.parent?.parent?.name === "ClassDefinition";
  return Math.max(0, own.length - Number(isMethod));
}

function callsItself(walk: Walk, node: SyntaxNode, scope: Scope): boolean {
  const callee = node.firstChild;
  if (callee === null || scope.name === "") return false;
  const own = scope.name.split(".").at(-1);
  if (callee.name === "VariableName") return textOf(walk.source, callee) === own;
  return (
    /^(?:self|cls)\./.test(textOf(walk.source, callee)) &&
    textOf(walk.source, callee).slice(5).trim() === own
  );
}
