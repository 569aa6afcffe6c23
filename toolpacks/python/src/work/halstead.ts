/**
 * Halstead's volume, with operators and operands as radon takes them: arithmetic, boolean and comparing operators and
 * augmented assignments, and what they stand between.
 */
import { childrenOf, textOf } from "./syntax.ts";
import type { Source, SyntaxNode } from "./syntax.ts";

export interface Halstead {
  operators: Map<string, number>;
  operands: Map<string, number>;
}

export const noHalstead = (): Halstead => ({ operators: new Map(), operands: new Map() });

const OPERATOR = /^(?:ArithOp|BitOp|CompareOp|UpdateOp|and|or|not|in|is)$/;
/** A chain of one kind is one expression in Python's own tree: `a and b and c`, `a < b < c`. */
const KIND: Record<string, string> = {
  and: "and",
  or: "or",
  CompareOp: "compare",
  in: "compare",
  is: "compare",
  not: "compare",
};

export function addExpression(
  halstead: Halstead,
  node: SyntaxNode,
  { source, scope }: { source: Source; scope: string },
): void {
  const operators = childrenOf(node).filter(({ name }) => OPERATOR.test(name));
  const [first] = operators;
  if (first === undefined) return;
  const kind = node.name === "BinaryExpression" ? KIND[first.name] : undefined;
  const [left] = childrenOf(node);
  const chained = kind !== undefined && left?.name === "BinaryExpression" && kindOf(left) === kind;
  if (!chained || kind === "compare") {
    const words = operators.map((one) => textOf(source, one)).join(" ");
    add(
      halstead.operators,
      node.name === "UnaryExpression"
        ? `unary ${words}`
        : words.replace(/=$/, (sign) => (node.name === "UpdateStatement" ? "" : sign)),
    );
  }
  for (const operand of childrenOf(node)) {
    if (OPERATOR.test(operand.name) || operand.name === "Comment") continue;
    if (chained && operand.from === left.from) continue;
    add(halstead.operands, `${scope} ${keyOf(source, operand)}`);
  }
}

function kindOf(node: SyntaxNode): string | undefined {
  const operator = childrenOf(node).find(({ name }) => OPERATOR.test(name));
  return operator === undefined ? undefined : KIND[operator.name];
}

/** Names by what they are called, literals by what they say, all else by where it stands. */
function keyOf(source: Source, node: SyntaxNode): string {
  if (node.name === "ParenthesizedExpression") {
    const inner = childrenOf(node)[1];
    // Not deep: a parenthesis in another is rare, and this must not recurse.
    return inner === undefined || inner.name === "ParenthesizedExpression"
      ? `@${node.from}`
      : keyOf(source, inner);
  }
  if (node.name === "MemberExpression") {
    const last = node.getChild("PropertyName");
    return last === null ? `@${node.from}` : textOf(source, last);
  }
  return /^(?:VariableName|Number|String|Boolean|None)$/.test(node.name)
    ? textOf(source, node)
    : `@${node.from}`;
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** In bits: length times the logarithm of the vocabulary. */
export function volumeOf({ operators, operands }: Halstead): number {
  const sum = (counts: Map<string, number>): number =>
    [...counts.values()].reduce((total, count) => total + count, 0);
  const vocabulary = operators.size + operands.size;
  return vocabulary === 0 ? 0 : (sum(operators) + sum(operands)) * Math.log2(vocabulary);
}

/**
 * The maintainability index from 0 to 100 (Coleman and others 1994, with comments, as Visual Studio scales it); above 20
 * is good. `commentShare` from 0 to 1.
 */
export function maintainability(of: {
  volume: number;
  cyclomatic: number;
  statements: number;
  commentShare: number;
}): number {
  if (of.volume <= 0 || of.statements <= 0) return 100;
  const comments = Math.sqrt(2.46 * ((of.commentShare * 100 * Math.PI) / 180));
  const raw =
    171 -
    5.2 * Math.log(of.volume) -
    0.23 * of.cyclomatic -
    16.2 * Math.log(of.statements) +
    50 * Math.sin(comments);
  return Math.min(100, Math.max(0, (raw * 100) / 171));
}
