/** Places where the author told the compiler to look away. */
import type { Severity } from "flotilla/worker/review";
import ts from "typescript";
import { isAny } from "./walk.ts";

export interface Cast {
  rule: CastRule;
  node: ts.Node;
  /** Where the text is; comments are no nodes. */
  start: number;
  end: number;
  /** What to cut out to have the code without it. */
  cut?: { start: number; end: number };
  evidence: string;
}
export type CastRule =
  | "cast-to-any"
  | "double-cast"
  | "cast-from-any"
  | "cast-down"
  | "non-null"
  | "suppressed-check";

export const CASTS: Record<CastRule, { severity: Severity; message: string; fix: string }> = {
  "cast-to-any": {
    severity: "warning",
    message: "The cast switches all checks off from here on.",
    fix: "Name the type, or take unknown and check the value.",
  },
  "double-cast": {
    severity: "warning",
    message: "Two casts make any type of any other.",
    fix: "Check the value, or convert it.",
  },
  "cast-from-any": {
    severity: "info",
    message: "Nobody checks that the value has this type.",
    fix: "Check it at run time before naming its type.",
  },
  "cast-down": {
    severity: "info",
    message: "The type is narrower than what is known.",
    fix: "Use a type guard.",
  },
  "non-null": {
    severity: "info",
    message: "It is said not to be null or undefined; nothing checks that.",
    fix: "Handle the missing value, or say why it cannot be missing.",
  },
  "suppressed-check": {
    severity: "warning",
    message: "A comment hides what the compiler would say.",
    fix: "Mend the type; where that cannot be, use @ts-expect-error with the reason.",
  },
};

export function castsOf(source: ts.SourceFile, checker: ts.TypeChecker): Cast[] {
  const found: Cast[] = suppressionsOf(source);
  const visit = (node: ts.Node): void => {
    const cast =
      ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)
        ? castOf(node, checker)
        : ts.isNonNullExpression(node)
          ? nonNull(node)
          : undefined;
    if (cast !== undefined) found.push(cast);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function castOf(
  node: ts.AsExpression | ts.TypeAssertion,
  checker: ts.TypeChecker,
): Cast | undefined {
  const rule = ruleOf(node, checker);
  if (rule === undefined) return undefined;
  const { expression } = node;
  const [start, end] = [node.getStart(), node.getEnd()];
  const cut = ts.isAsExpression(node)
    ? { start: expression.getEnd(), end }
    : { start, end: expression.getStart() };
  return { rule, node, start, end, cut, evidence: shortened(node.getText()) };
}

function ruleOf(
  { expression, type, parent }: ts.AsExpression | ts.TypeAssertion,
  checker: ts.TypeChecker,
): CastRule | undefined {
  if (ts.isConstTypeReference(type)) return undefined;
  if (type.kind === ts.SyntaxKind.AnyKeyword) return "cast-to-any";
  const inner = ts.isParenthesizedExpression(expression) ? expression.expression : expression;
  if (ts.isAsExpression(inner) || ts.isTypeAssertionExpression(inner)) return "double-cast";
  if (type.kind === ts.SyntaxKind.UnknownKeyword || isAsserted(parent)) return undefined;
  const from = checker.getTypeAtLocation(expression);
  if (isAny(from) || (from.flags & ts.TypeFlags.Unknown) !== 0) return "cast-from-any";
  const to = checker.getTypeFromTypeNode(type);
  return checker.isTypeAssignableTo(from, to) ? undefined : "cast-down";
}

/** The outer of two casts tells for both. */
function isAsserted(parent: ts.Node): boolean {
  const outer = ts.isParenthesizedExpression(parent) ? parent.parent : parent;
  return ts.isAsExpression(outer) || ts.isTypeAssertionExpression(outer);
}

function nonNull(node: ts.NonNullExpression): Cast {
  const [start, end] = [node.getStart(), node.getEnd()];
  const cut = { start: node.expression.getEnd(), end };
  return { rule: "non-null", node, start, end, cut, evidence: shortened(node.getText()) };
}

const DIRECTIVE = /^\s*(?:\/\/+|\/\*+)\s*@ts-(ignore|nocheck)\b/;

/** `@ts-expect-error` complains when it is not needed any more, so it is no finding. */
function suppressionsOf(source: ts.SourceFile): Cast[] {
  const found: Cast[] = [];
  let start = 0;
  for (const line of source.text.split("\n")) {
    if (DIRECTIVE.test(line) && !insideToken(source, start)) {
      const at = start + line.search(/\S/);
      const end = start + line.trimEnd().length;
      const evidence = shortened(line.trim());
      found.push({ rule: "suppressed-check", node: source, start: at, end, evidence });
    }
    start += line.length + 1;
  }
  return found;
}

/** In a template text a line may look like a comment. */
function insideToken(source: ts.SourceFile, position: number): boolean {
  const inside = (node: ts.Node): boolean =>
    (ts.isTemplateLiteralToken(node) &&
      node.getStart(source) < position &&
      position < node.getEnd()) ||
    (ts.forEachChild(node, (child) =>
      child.pos <= position && position < child.end ? inside(child) : undefined,
    ) ??
      false);
  return inside(source);
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
