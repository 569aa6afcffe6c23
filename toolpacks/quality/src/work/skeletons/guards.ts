/** The checks a function begins with: what they compare, and what it then gives or throws. */
import ts from "typescript";

export type Value = string | number | boolean | null | undefined;
export interface Comparison {
  parameter: string;
  /** Of its length. */
  isLength: boolean;
  operator: ts.SyntaxKind;
  value: Value;
  text: string;
  line: number;
}
export interface Guard {
  when: Comparison;
  outcome: Outcome;
}
export type Outcome = { throws: string } | { returns: string };

/** The leading `if (parameter < literal) throw or return literal` statements: before them nothing can have changed. */
export function guardsOf(body: ts.Block, parameters: ReadonlySet<string>): Guard[] {
  const guards: Guard[] = [];
  for (const statement of body.statements) {
    if (!ts.isIfStatement(statement) || statement.elseStatement !== undefined) break;
    const when = comparisonOf(statement.expression, parameters);
    const outcome = outcomeOf(statement.thenStatement);
    if (when === undefined || outcome === undefined) break;
    guards.push({ when, outcome });
  }
  return guards;
}

/** All comparisons of parameters with literals, anywhere: their values are boundaries. */
export function comparisonsOf(body: ts.Node, parameters: ReadonlySet<string>): Comparison[] {
  const found: Comparison[] = [];
  const visit = (node: ts.Node): void => {
    const one = ts.isBinaryExpression(node) ? comparisonOf(node, parameters) : undefined;
    if (one !== undefined) found.push(one);
    ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}

const MIRRORED = new Map([
  [ts.SyntaxKind.LessThanToken, ts.SyntaxKind.GreaterThanToken],
  [ts.SyntaxKind.GreaterThanToken, ts.SyntaxKind.LessThanToken],
  [ts.SyntaxKind.LessThanEqualsToken, ts.SyntaxKind.GreaterThanEqualsToken],
  [ts.SyntaxKind.GreaterThanEqualsToken, ts.SyntaxKind.LessThanEqualsToken],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.EqualsEqualsEqualsToken],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken],
]);

function comparisonOf(
  node: ts.Expression,
  parameters: ReadonlySet<string>,
): Comparison | undefined {
  if (!ts.isBinaryExpression(node)) return undefined;
  const mirrored = MIRRORED.get(node.operatorToken.kind);
  if (mirrored === undefined) return undefined;
  const text = node.getText().replaceAll(/\s+/g, " ").slice(0, 100);
  const line = node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1;
  for (const [side, other, operator] of [
    [node.left, node.right, node.operatorToken.kind],
    [node.right, node.left, mirrored],
  ] as const) {
    const value = valueOf(other);
    const isLength = ts.isPropertyAccessExpression(side) && side.name.text === "length";
    const name = isLength ? side.expression : side;
    if (value !== undefined && ts.isIdentifier(name) && parameters.has(name.text))
      return { parameter: name.text, isLength, operator, value: value.value, text, line };
  }
  return undefined;
}

function valueOf(node: ts.Expression): { value: Value } | undefined {
  if (ts.isNumericLiteral(node)) return { value: Number(node.text) };
  if (ts.isStringLiteralLike(node)) return { value: node.text };
  if (node.kind === ts.SyntaxKind.TrueKeyword) return { value: true };
  if (node.kind === ts.SyntaxKind.FalseKeyword) return { value: false };
  if (node.kind === ts.SyntaxKind.NullKeyword) return { value: null };
  if (ts.isIdentifier(node) && node.text === "undefined") return { value: undefined };
  const isMinus = ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken;
  return isMinus && ts.isNumericLiteral(node.operand)
    ? { value: -Number(node.operand.text) }
    : undefined;
}

function outcomeOf(statement: ts.Statement): Outcome | undefined {
  const only = ts.isBlock(statement)
    ? statement.statements.length === 1
      ? statement.statements[0]
      : undefined
    : statement;
  if (only === undefined) return undefined;
  if (ts.isThrowStatement(only) && ts.isNewExpression(only.expression)) {
    const [message] = only.expression.arguments ?? [];
    return { throws: message !== undefined && ts.isStringLiteralLike(message) ? message.text : "" };
  }
  if (!ts.isReturnStatement(only)) return undefined;
  if (only.expression === undefined) return { returns: "undefined" };
  const value = valueOf(only.expression);
  return value === undefined ? undefined : { returns: codeOf(value.value) };
}

export function codeOf(value: Value): string {
  return typeof value === "string"
    ? JSON.stringify(value)
    : Object.is(value, -0)
      ? "-0"
      : String(value);
}

/** Whether the comparison holds for an argument. */
export function holds({ operator, value }: Comparison, argument: Value): boolean {
  if (operator === ts.SyntaxKind.EqualsEqualsEqualsToken) return argument === value;
  if (operator === ts.SyntaxKind.ExclamationEqualsEqualsToken) return argument !== value;
  const [a, b] = [Number(argument), Number(value)];
  if (operator === ts.SyntaxKind.LessThanToken) return a < b;
  if (operator === ts.SyntaxKind.GreaterThanToken) return a > b;
  return operator === ts.SyntaxKind.LessThanEqualsToken ? a <= b : a >= b;
}
