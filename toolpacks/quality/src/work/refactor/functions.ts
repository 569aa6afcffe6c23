/** The functions of a file, as TypeScript parses it. */
import ts from "typescript";

export type FunctionWithBody = ts.FunctionLikeDeclaration & { body: ts.Block };

/** From the outside in. A deep tree overflows the stack, which the caller sees as a RangeError. */
export function functionsOf(source: ts.SourceFile): FunctionWithBody[] {
  const found: FunctionWithBody[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && isBlock(node.body)) found.push(withBody(node));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isBlock(body: unknown): body is ts.Block {
  return (
    typeof body === "object" && body !== null && "kind" in body && body.kind === ts.SyntaxKind.Block
  );
}

function withBody(node: ts.Node): FunctionWithBody {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- its body was looked at
  return node as FunctionWithBody;
}

export function functionName(node: ts.FunctionLikeDeclaration): string {
  const own = node.name?.getText();
  if (ts.isConstructorDeclaration(node)) return `${className(node) ?? "class"}.constructor`;
  if (own !== undefined) {
    const owner = className(node);
    return owner === undefined ? own : `${owner}.${own}`;
  }
  const { parent } = node;
  if (
    ts.isVariableDeclaration(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isPropertyDeclaration(parent)
  )
    return parent.name.getText().slice(0, 80);
  return "(anonymous)";
}

function className({ parent }: ts.Node): string | undefined {
  return ts.isClassLike(parent) ? parent.name?.text : undefined;
}

/** Lines from the first word of the function to its last bracket. */
export function linesOf(node: ts.Node, source: ts.SourceFile): number {
  const from = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
  return source.getLineAndCharacterOfPosition(node.getEnd()).line - from + 1;
}

/** Everything inside, without other functions unless asked for. */
export function eachInside(
  node: ts.Node,
  into: (child: ts.Node) => boolean,
  visit: (child: ts.Node) => void,
): void {
  ts.forEachChild(node, (child) => {
    visit(child);
    if (into(child)) eachInside(child, into, visit);
  });
}
