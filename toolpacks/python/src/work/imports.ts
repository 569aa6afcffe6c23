/** What a module imports: each name with its place, and whether it happens at run time. */
import { childrenOf, placeOf, textOf } from "./syntax.ts";
import type { Source, SyntaxNode } from "./syntax.ts";

export interface Import {
  /** `a.b` of `import a.b` or `from a.b import c`; empty for `from . import c`. */
  module: string;
  /** Leading dots: 0 is absolute. */
  level: number;
  /** `c` of `from a.b import c`, `*`; absent for `import a.b`. */
  name?: string;
  line: number;
  column: number;
  /** Under `if TYPE_CHECKING:`. */
  typeOnly: boolean;
  /** Inside a function: it happens later, and cuts a circle. */
  lazy: boolean;
  /** Inside of `try:` whose failure is caught: the module may be missing. */
  optional: boolean;
}

export function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  source.tree.iterate({
    enter: ({ name, node }) => {
      if (name === "ImportStatement") found.push(...readImport(source, node));
      // Expressions hold no import statements; leaving them out makes the walk several times as quick.
      return !/Expression$|^(?:Assign|Return|Expression|Update)Statement$/.test(name);
    },
  });
  return [...found, ...dynamicImports(source)];
}

function readImport(source: Source, node: SyntaxNode): Import[] {
  const base = { ...placeOf(source, node.from), ...contextOf(source, node) };
  const parts = childrenOf(node);
  const at = parts.findIndex(({ name }) => name === "import");
  if (parts[0]?.name === "from") {
    const [level, module] = target(source, parts.slice(1, at));
    return namesOf(source, parts.slice(at + 1)).map((name) => ({ ...base, module, level, name }));
  }
  return namesOf(source, parts.slice(1)).map((module) => ({ ...base, module, level: 0 }));
}

function target(source: Source, parts: readonly SyntaxNode[]): [level: number, module: string] {
  const words = parts.map((part) => textOf(source, part)).join("");
  const dots = /^\.*/.exec(words)?.[0].length ?? 0;
  return [dots, words.slice(dots)];
}

/** Dotted names between the commas, without what they are renamed to. */
function namesOf(source: Source, parts: readonly SyntaxNode[]): string[] {
  const names: string[] = [];
  let words = "";
  let renamed = false;
  for (const part of parts) {
    if (part.name === "," || part.name === "(" || part.name === ")") {
      if (words !== "") names.push(words);
      [words, renamed] = ["", false];
    } else if (part.name === "as") renamed = true;
    else if (!renamed && (part.name === "VariableName" || part.name === "." || part.name === "*")) {
      words += textOf(source, part);
    }
  }
  return words === "" ? names : [...names, words];
}

/** Ancestors looked at; code does not nest deeper for good reasons. */
const MAX_UP = 60;

function contextOf(
  source: Source,
  node: SyntaxNode,
): Pick<Import, "typeOnly" | "lazy" | "optional"> {
  const context = { typeOnly: false, lazy: false, optional: false };
  let child = node;
  for (let step = 0; step < MAX_UP; step += 1) {
    const { parent } = child;
    if (parent === null) break;
    if (parent.name === "FunctionDefinition") context.lazy = true;
    else if (parent.name === "TryStatement") context.optional ||= isTried(source, parent, child);
    else if (parent.name === "IfStatement") context.typeOnly ||= isForTypes(source, parent, child);
    child = parent;
  }
  return context;
}

/** In `try:` or `except:` of a statement that catches a failed import. */
function isTried(source: Source, node: SyntaxNode, child: SyntaxNode): boolean {
  if (child.name !== "Body") return false;
  const handled = childrenOf(node)
    .filter(
      ({ name }) => name === "VariableName" || name === "TupleExpression" || name === "except",
    )
    .map((one) => textOf(source, one));
  return handled.some((words) =>
    /ImportError|ModuleNotFoundError|^Exception$|^except$/.test(words),
  );
}

function isForTypes(source: Source, node: SyntaxNode, child: SyntaxNode): boolean {
  const condition = child.prevSibling;
  return (
    condition !== null &&
    /^(?:typing\.|t\.)?TYPE_CHECKING$/.test(textOf(source, condition)) &&
    node.name === "IfStatement"
  );
}

const CALL =
  /\b(?:__import__|import_module)\s{0,4}\(\s{0,8}["']([A-Za-z_][\w.]{0,200})["']\s{0,8}[,)]/g;

/** `importlib.import_module("a.b")` with a literal. */
function dynamicImports(source: Source): Import[] {
  return [...source.text.matchAll(CALL)]
    .filter(
      ({ index }) =>
        source.tree.resolveInner(index, 1).name === "VariableName" ||
        source.tree.resolveInner(index, 1).name === "PropertyName",
    )
    .map(({ index, 1: module = "" }) => ({
      module,
      level: 0,
      ...placeOf(source, index),
      typeOnly: false,
      lazy: true,
      optional: false,
    }));
}
