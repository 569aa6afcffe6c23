/**
 * Numbers of one function or module, gathered in one walk over the tree.
 *
 * - Cyclomatic: McCabe (1976) as radon counts it: one for each if, elif, conditional expression, for, while, except,
 *   case that can fail, else of a loop or try, assert, comprehension and its ifs, and each further operand of and/or.
 * - Cognitive: Campbell, "Cognitive Complexity" (SonarSource, version 1.7): breaks of the linear flow, more the deeper.
 */
import type { SyntaxNode } from "./syntax.ts";

export interface Counts {
  cyclomatic: number;
  cognitive: number;
  /** The deepest nesting of statements that branch. */
  nesting: number;
  statements: number;
  returns: number;
}

export const NO_COUNTS: Counts = {
  cyclomatic: 1,
  cognitive: 0,
  nesting: 0,
  statements: 0,
  returns: 0,
};

/** What deepens the nesting of what stands inside it. */
export const NESTING: ReadonlySet<string> = new Set([
  "IfStatement",
  "ForStatement",
  "WhileStatement",
  "MatchStatement",
  "ConditionalExpression",
  "LambdaExpression",
]);

/** A generator that is the only argument stands right in the list of arguments. */
const COMPREHENSION = /ComprehensionExpression$|^ArgList$/;

/** What one token adds, by its parent: a keyword says more of Python's branches than the nodes do. */
export function addToken(counts: Counts, token: SyntaxNode, depth: number): void {
  const parent = token.parent?.name ?? "";
  const word = token.name;
  counts.cyclomatic += cyclomaticOf(word, parent);
  counts.cognitive += cognitiveOf(token, parent, depth);
}

function cyclomaticOf(word: string, parent: string): number {
  if (word === "and" || word === "or") return parent === "BinaryExpression" ? 1 : 0;
  if (word === "if") return parent === "IfStatement" || isExpression(parent) ? 1 : 0;
  if (word === "for") return parent === "ForStatement" || COMPREHENSION.test(parent) ? 1 : 0;
  if (word === "else") return /^(?:For|While|Try)Statement$/.test(parent) ? 1 : 0;
  return word === "elif" || word === "while" || word === "except" || word === "assert" ? 1 : 0;
}

function isExpression(parent: string): boolean {
  return parent === "ConditionalExpression" || COMPREHENSION.test(parent);
}

function cognitiveOf(token: SyntaxNode, parent: string, depth: number): number {
  const word = token.name;
  // Inside its own statement the depth already counts it: 1 for itself and the levels above.
  if (word === "if")
    return parent === "IfStatement" || parent === "ConditionalExpression" ? depth : 0;
  if (word === "for") return parent === "ForStatement" ? depth : 0;
  if (word === "while" || word === "match")
    return /^(?:While|Match)Statement$/.test(parent) ? depth : 0;
  if (word === "except") return depth + 1;
  if (word === "elif") return 1;
  if (word === "else") return /^(?:If|For|While|Try)Statement$/.test(parent) ? 1 : 0;
  return word === "and" || word === "or" ? startsSequence(token, word) : 0;
}

/** 1 for the first of like operators in a row: `a and b and c or d` reads as two things. */
function startsSequence(token: SyntaxNode, word: string): number {
  const expression = token.parent;
  if (expression?.name !== "BinaryExpression") return 0;
  const left = expression.firstChild;
  return left?.name === "BinaryExpression" && left.getChild(word) !== null ? 0 : 1;
}

/** Cases that can fail to match: one case of a bare name or `_` is the default. */
export function casesOf(match: SyntaxNode): number {
  const clauses = match.getChild("MatchBody")?.getChildren("MatchClause") ?? [];
  const hasDefault = clauses.some((clause) => clause.getChild("CapturePattern") !== null);
  return Math.max(0, clauses.length - Number(hasDefault));
}
