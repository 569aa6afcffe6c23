/** How many parameters a function takes, without its own object. */
import type { Node } from "web-tree-sitter";
import type { Meaning } from "./grammars.ts";

export function parametersOf(node: Node, { parameters }: Meaning): number {
  const list = node.childForFieldName("parameters") ?? declaredParameters(node);
  if (list === null) return node.childForFieldName("parameter") === null ? 0 : 1;
  if (!parameters.has(list.type)) return list.type === "identifier" ? 1 : 0;
  let found = 0;
  for (const one of list.namedChildren) {
    if (one.type.includes("comment") || isSelf(one)) continue;
    // Go: `a, b int` is one declaration of two.
    found +=
      one.type === "parameter_declaration"
        ? Math.max(1, one.childrenForFieldName("name").length)
        : 1;
  }
  return found;
}

function declaredParameters(node: Node): Node | null {
  let declarator = node.childForFieldName("declarator");
  for (let step = 0; step < 10 && declarator !== null; step += 1) {
    const list = declarator.childForFieldName("parameters");
    if (list !== null) return list;
    declarator = declarator.childForFieldName("declarator");
  }
  return null;
}

function isSelf({ type, text }: Node): boolean {
  return (
    type === "self_parameter" ||
    (type === "identifier" && (text === "self" || text === "cls")) ||
    (type === "parameter_declaration" && text === "void") ||
    type.endsWith("_separator")
  );
}
