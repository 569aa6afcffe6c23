/** What a function is called, for people. */
import type { Node } from "web-tree-sitter";
import type { Meaning } from "./grammars.ts";

const MAX_NAME = 120;

export function nameOf(node: Node, meaning: Meaning): string {
  const own = ownName(node) ?? assignedName(node);
  if (own === undefined) return "(anonymous)";
  const owner = ownerName(node, meaning);
  return short(owner === undefined ? own : `${owner}.${own}`);
}

/** The type it belongs to. */
export function ownerName(node: Node, meaning: Meaning): string | undefined {
  return receiverOf(node) ?? ownerOf(node, meaning);
}

/** The bare name, which a recursive call would use. */
export function ownName(node: Node): string | undefined {
  const name = node.childForFieldName("name");
  if (name !== null) return short(name.text);
  // C and C++: the name is inside pointers, references and the list of parameters.
  let declarator = node.childForFieldName("declarator");
  for (let step = 0; step < 10 && declarator !== null; step += 1) {
    const inner = declarator.childForFieldName("declarator");
    if (declarator.type === "function_declarator" || inner === null)
      return short((inner ?? declarator).text);
    declarator = inner;
  }
  return undefined;
}

function assignedName(node: Node): string | undefined {
  const { parent } = node;
  if (parent === null) return undefined;
  const name =
    parent.childForFieldName("name") ??
    parent.childForFieldName("property") ??
    parent.childForFieldName("key") ??
    parent.childForFieldName("left") ??
    parent.childForFieldName("pattern");
  const isNamed =
    /^(?:variable_declarator|field_definition|public_field_definition|pair|assignment_expression|assignment|let_declaration)$/.test(
      parent.type,
    );
  return isNamed && name !== null ? short(name.text) : undefined;
}

/** `(t *Tree)` of a Go method. */
function receiverOf(node: Node): string | undefined {
  const receiver = node.childForFieldName("receiver");
  return receiver === null
    ? undefined
    : /(\w+)(?:\[[^\]]*\])?\s*\)$/.exec(short(receiver.text))?.[1];
}

/** The nearest type around it, with no function between. */
function ownerOf(node: Node, { containers, functions }: Meaning): string | undefined {
  let { parent } = node;
  for (let step = 0; step < 6 && parent !== null; step += 1) {
    if (functions.has(parent.type)) return undefined;
    if (containers.has(parent.type)) {
      const name = parent.childForFieldName("name") ?? parent.childForFieldName("type");
      return name === null ? undefined : short(name.text);
    }
    ({ parent } = parent);
  }
  return undefined;
}

const short = (text: string): string => text.slice(0, MAX_NAME).replaceAll(/\s+/g, " ");
