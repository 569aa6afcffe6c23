/** Which operations become tools. A pattern with `*` meets the tool's name, the operationId, `GET /path` or `tag:NAME`. */
import type { Operation } from "./model.ts";

export interface Selection {
  include: readonly string[];
  exclude: readonly string[];
}

export function isSelected(operation: Operation, name: string, selection: Selection): boolean {
  const faces = [
    name,
    operation.operationId ?? name,
    `${operation.method} ${operation.path}`,
    ...operation.tags.map((tag) => `tag:${tag}`),
  ];
  const meets = (pattern: string) => faces.some((face) => matches(pattern, face));
  const { include, exclude } = selection;
  return (include.length === 0 || include.some(meets)) && !exclude.some(meets);
}

/** `*` stands for any text, `/` included. Each piece is looked for once, from left to right. */
export function matches(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first) || text.length < first.length + last.length) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return text.endsWith(last);
}
