/** A name for a part that becomes a function: from the comment before it, what it makes, or what it goes through. */
import ts from "typescript";

const MAX_WORDS = 4;
const FILLERS = new Set([
  "the",
  "a",
  "an",
  "to",
  "of",
  "and",
  "for",
  "with",
  "we",
  "if",
  "this",
  "that",
  "is",
  "are",
  "it",
  "in",
  "on",
  "now",
  "then",
  "todo",
  "note",
]);

export function freshName(
  statements: readonly ts.Statement[],
  source: ts.SourceFile,
  owner: string,
): string {
  const [first] = statements;
  const wanted =
    (first && fromComment(first, source)) ??
    fromDeclaration(statements) ??
    (first && fromLoop(first)) ??
    `${owner}Part`;
  let name =
    ts.identifierToKeywordKind(ts.factory.createIdentifier(wanted)) === undefined
      ? wanted
      : `${wanted}Part`;
  for (let count = 2; new RegExp(`\\b${name}\\b`).test(source.text) && count < 100; count += 1)
    name = `${wanted}${count}`;
  return name;
}

/** `parseOptions` of `Command.parseOptions`. */
export function bareName(name: string): string {
  return /[A-Za-z_$][\w$]*$/.exec(name)?.[0] ?? "extracted";
}

function fromComment(node: ts.Statement, source: ts.SourceFile): string | undefined {
  const range = ts.getLeadingCommentRanges(source.text, node.pos)?.at(-1);
  if (range === undefined) return undefined;
  const [line = ""] = source.text
    .slice(range.pos, range.end)
    .replaceAll(/^\/[/*]+\s*|\*\/$/g, "")
    .split(/[.\n:;(]/, 1);
  const words = (line.match(/[A-Za-z][a-z]*/g) ?? []).filter(
    (word) => !FILLERS.has(word.toLowerCase()),
  );
  return words.length < 2 || words.length > MAX_WORDS ? undefined : camel(words);
}

/** `get` and the last thing it declares. */
function fromDeclaration(statements: readonly ts.Statement[]): string | undefined {
  const last = statements.findLast((one) => ts.isVariableStatement(one));
  const name = last?.declarationList.declarations.at(-1)?.name;
  return name !== undefined && ts.isIdentifier(name) ? camel(["get", name.text]) : undefined;
}

function fromLoop(node: ts.Statement): string | undefined {
  if (!ts.isForOfStatement(node) && !ts.isForInStatement(node)) return undefined;
  const name = /(\w+)\)*$/.exec(node.expression.getText())?.[1];
  return name === undefined ? undefined : camel(["process", name]);
}

function camel([first = "", ...rest]: readonly string[]): string {
  const lower = first.charAt(0).toLowerCase() + first.slice(1);
  return lower + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}
