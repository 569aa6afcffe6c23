/** Where an `any` comes from: the one declaration, call or cast that makes all the names after it untyped. */
import ts from "typescript";
import { isAny } from "./walk.ts";

export type Cause =
  | "explicit-any"
  | "untyped-parameter"
  | "untyped-variable"
  | "returns-any"
  | "cast-to-any"
  | "unresolved-import"
  | "unknown-name"
  | "any-member";

export interface Origin {
  cause: Cause;
  /** The declaration, call, cast or import. */
  node: ts.Node;
  /** What it is called. */
  name: string;
}

/** Chains of assignments are followed so far. */
const MAX_STEPS = 30;

export function originOf(node: ts.Identifier, checker: ts.TypeChecker): Origin {
  const { parent } = node;
  const start: ts.Node =
    ts.isPropertyAccessExpression(parent) && parent.name === node ? parent : node;
  return follow(start, checker, MAX_STEPS);
}

function follow(node: ts.Node, checker: ts.TypeChecker, steps: number): Origin {
  const expression = ts.isExpression(node) ? source(node, checker) : node;
  if (steps === 0) return named("any-member", expression);
  if (ts.isAsExpression(expression) || ts.isTypeAssertionExpression(expression))
    return named("cast-to-any", expression);
  if (ts.isCallExpression(expression) || ts.isNewExpression(expression))
    return named("returns-any", expression, expression.expression);
  if (ts.isBinaryExpression(expression) || ts.isConditionalExpression(expression)) {
    const side = sidesOf(expression).find((one) => isAny(checker.getTypeAtLocation(one)));
    return side === undefined ? named("any-member", expression) : follow(side, checker, steps - 1);
  }
  const way = { checker, steps: steps - 1 };
  const symbol = checker.getSymbolAtLocation(nameOf(expression));
  if (symbol !== undefined) return ofSymbol(symbol, expression, way);
  if (ts.isPropertyAccessExpression(expression) || ts.isElementAccessExpression(expression))
    return ofIndex(checker.getTypeAtLocation(expression.expression), expression, way);
  return named(ts.isIdentifier(expression) ? "unknown-name" : "any-member", expression);
}

/** A member that only an index signature allows. */
function ofIndex(owner: ts.Type, from: ts.Node, way: Way): Origin {
  for (const kind of [ts.IndexKind.String, ts.IndexKind.Number])
    for (const one of owner.isUnion() ? owner.types : [owner]) {
      const declaration = way.checker.getIndexInfoOfType(one, kind)?.declaration;
      if (declaration?.type !== undefined) return ofType(declaration.type, declaration, way);
    }
  return named("any-member", from);
}

function sidesOf(node: ts.BinaryExpression | ts.ConditionalExpression): ts.Expression[] {
  return ts.isBinaryExpression(node) ? [node.right, node.left] : [node.whenTrue, node.whenFalse];
}

/** Down to the first part of `a.b().c` that is `any`. */
function source(node: ts.Expression, checker: ts.TypeChecker): ts.Expression {
  let at = node;
  for (;;) {
    const inner = innerOf(at);
    if (inner === undefined) return at;
    const transparent = ts.isParenthesizedExpression(at) || ts.isNonNullExpression(at);
    if (!transparent && !isAny(checker.getTypeAtLocation(inner))) return at;
    at = inner;
  }
}

function innerOf(node: ts.Expression): ts.Expression | undefined {
  return ts.isPropertyAccessExpression(node) ||
    ts.isElementAccessExpression(node) ||
    ts.isCallExpression(node) ||
    ts.isNewExpression(node) ||
    ts.isParenthesizedExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isAwaitExpression(node)
    ? node.expression
    : undefined;
}

function nameOf(node: ts.Node): ts.Node {
  if (ts.isPropertyAccessExpression(node)) return node.name;
  return ts.isElementAccessExpression(node) ? node.argumentExpression : node;
}

interface Way {
  checker: ts.TypeChecker;
  steps: number;
}

function ofSymbol(symbol: ts.Symbol, from: ts.Node, way: Way): Origin {
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  const target = isAlias ? way.checker.getAliasedSymbol(symbol) : symbol;
  const declaration = target.valueDeclaration ?? target.declarations?.[0];
  if (declaration === undefined) return ofMissing(symbol, from);
  if (ts.isBindingElement(declaration)) return ofBinding(declaration, way);
  const type = "type" in declaration ? declaration.type : undefined;
  if (isTypeNode(type)) return ofType(type, nameIn(declaration), way);
  if (ts.isParameter(declaration))
    return named("untyped-parameter", declaration, nameIn(declaration));
  const value = initializerOf(declaration);
  if (value !== undefined && way.steps > 0 && isAny(way.checker.getTypeAtLocation(value)))
    return follow(value, way.checker, way.steps);
  return ts.isVariableDeclaration(declaration)
    ? named("untyped-variable", declaration, declaration.name)
    : named("any-member", declaration, nameIn(declaration));
}

/** Nothing declares it: it comes from a module that is not here, or from nowhere. */
function ofMissing(symbol: ts.Symbol, from: ts.Node): Origin {
  const imported = symbol.declarations?.map((one) =>
    ts.findAncestor(one, (node) => ts.isImportDeclaration(node) || ts.isExportDeclaration(node)),
  )[0];
  const module =
    imported !== undefined && "moduleSpecifier" in imported ? imported.moduleSpecifier : undefined;
  return imported !== undefined && isNode(module)
    ? named("unresolved-import", imported, module)
    : named("any-member", from);
}

/** The word `any` is in it, or a name that is not known. */
function ofType(type: ts.TypeNode, name: ts.Node, way: Way): Origin {
  const any = anyInside(type);
  if (any !== undefined) return named("explicit-any", any, name);
  const unknown = unknownInside(type, way.checker);
  const symbol = unknown === undefined ? undefined : way.checker.getSymbolAtLocation(unknown);
  if (unknown === undefined || symbol === undefined || way.steps <= 0)
    return named("any-member", type, name);
  return ofSymbol(symbol, unknown, { ...way, steps: way.steps - 1 });
}

/** A name in a type that nothing declares. */
export function unknownInside(type: ts.Node, checker: ts.TypeChecker): ts.Identifier | undefined {
  if (ts.isIdentifier(type) && isAny(checker.getTypeAtLocation(type))) return type;
  return ts.forEachChild(type, (child) => unknownInside(child, checker));
}

function ofBinding(element: ts.BindingElement, way: Way): Origin {
  const owner = ts.walkUpBindingElementsAndPatterns(element);
  const type = "type" in owner ? owner.type : undefined;
  if (isTypeNode(type)) return ofType(type, element.name, way);
  if (ts.isParameter(owner)) return named("untyped-parameter", owner, owner.name);
  const value = initializerOf(owner);
  if (value !== undefined && way.steps > 0 && isAny(way.checker.getTypeAtLocation(value)))
    return follow(value, way.checker, way.steps);
  const pattern = way.checker.getTypeAtLocation(element.parent);
  const member = pattern.getProperty((element.propertyName ?? element.name).getText());
  if (member === undefined) return ofIndex(pattern, element, way);
  return way.steps > 0
    ? ofSymbol(member, element, { ...way, steps: way.steps - 1 })
    : named("any-member", element, element.name);
}

/** What a variable is made of; of a loop's variable, what the loop goes over. */
function initializerOf(declaration: ts.Node): ts.Expression | undefined {
  if (!ts.isVariableDeclaration(declaration)) return undefined;
  if (declaration.initializer !== undefined) return declaration.initializer;
  const loop = declaration.parent.parent;
  return ts.isForOfStatement(loop) ? loop.expression : undefined;
}

function isTypeNode(type: unknown): type is ts.TypeNode {
  return isNode(type);
}
function isNode(value: unknown): value is ts.Node {
  return typeof value === "object" && value !== null && "kind" in value;
}

/** The word `any` in a type, where it is written there. */
function anyInside(type: ts.Node): ts.Node | undefined {
  if (type.kind === ts.SyntaxKind.AnyKeyword) return type;
  return ts.forEachChild(type, anyInside);
}

function nameIn(declaration: ts.Node): ts.Node {
  return ts.getNameOfDeclaration(asDeclaration(declaration)) ?? declaration;
}

function asDeclaration(node: ts.Node): ts.Declaration {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- symbols have declarations only
  return node as ts.Declaration;
}

function named(cause: Cause, node: ts.Node, name: ts.Node = node): Origin {
  return { cause, node, name: name.getText().slice(0, 80) };
}
