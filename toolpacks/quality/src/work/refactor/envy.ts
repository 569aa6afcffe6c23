/**
 * Feature envy as Lanza and Marinescu define it (Object-Oriented Metrics in Practice, 2006): a method that uses many
 * attributes of few other objects, and hardly its own.
 */
import ts from "typescript";
import { eachInside } from "./functions.ts";
import type { FunctionWithBody } from "./functions.ts";

export interface Envy {
  /** The object it leans on most. */
  object: string;
  /** Distinct members of other objects. */
  foreign: number;
  own: number;
}

/** ATFD above "few", LAA below one third, FDP at most "few". */
const FEW = 5;
const THIRD = 1 / 3;

export function envyOf(node: FunctionWithBody): Envy | undefined {
  if (!ts.isMethodDeclaration(node) || !ts.isClassLike(node.parent)) return undefined;
  const names = new Set(
    node.parameters.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : [])),
  );
  const own = new Set<string>();
  const foreign = new Map<string, Set<string>>();
  eachInside(
    node.body,
    () => true,
    (child) => {
      if (!ts.isPropertyAccessExpression(child)) return;
      const { expression, name } = child;
      if (expression.kind === ts.SyntaxKind.ThisKeyword) own.add(name.text);
      if (!ts.isIdentifier(expression) || !names.has(expression.text)) return;
      const members = foreign.get(expression.text) ?? new Set();
      foreign.set(expression.text, members.add(name.text));
    },
  );
  const count = [...foreign.values()].reduce((sum, { size }) => sum + size, 0);
  if (count <= FEW || foreign.size > FEW || own.size / (own.size + count) >= THIRD)
    return undefined;
  const [most] = [...foreign].toSorted(([, a], [, b]) => b.size - a.size);
  return most === undefined ? undefined : { object: most[0], foreign: count, own: own.size };
}
