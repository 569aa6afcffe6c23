/** Python's syntax tree. The parser is a table, works without recursion and reads broken code as well as it can. */
import type { SyntaxNode, Tree } from "@lezer/common";
import { parser } from "@lezer/python";

export type { SyntaxNode } from "@lezer/common";

export interface Source {
  file: string;
  text: string;
  tree: Tree;
  /** Offsets of line starts. */
  starts: readonly number[];
}

export function parsePython(file: string, text: string): Source {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return { file, text, tree: parser.parse(text), starts };
}

/** From 1, in UTF-16 units. */
export function placeOf({ starts }: Source, offset: number): { line: number; column: number } {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}

export function textOf({ text }: Source, node: { from: number; to: number }): string {
  return text.slice(node.from, node.to);
}

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

/** `a.b.c` of names and attributes only. */
export function dottedName(source: Source, node: SyntaxNode): string | undefined {
  if (node.name === "VariableName") return textOf(source, node);
  if (node.name !== "MemberExpression") return undefined;
  const words = textOf(source, node).replace(/\s+/g, "");
  return /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/.test(words) ? words : undefined;
}
