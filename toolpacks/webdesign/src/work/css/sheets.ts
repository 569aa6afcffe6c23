/** Style sheets of a site: CSS files and `<style>` elements, parsed, flattened into rules with places in their files. */
import { generate, parse, tokenize, tokenTypes } from "css-tree";
import type { Atrule, CssLocation, CssNode, Declaration, Rule } from "css-tree";
import { InputProblem } from "flotilla/worker/review";
import type { Location } from "flotilla/worker/review";
import { parseHtml } from "../html/document.ts";
import type { Element } from "../html/document.ts";

/** Parsers and printers recurse; honest sheets stay far below. */
const MAX_DEPTH = 100;
const MAX_RULES = 100_000;

export interface FlatDeclaration {
  property: string;
  value: string;
  important: boolean;
  node: Declaration;
  location: Location;
}

export interface FlatRule {
  file: string;
  /** As written, each normalised in white space. */
  selectors: string[];
  /** What the rule stands in, from outside in: at-rules, and the selectors of rules it is nested in. */
  context: string[];
  declarations: FlatDeclaration[];
  location: Location;
}

export interface SyntaxProblem {
  message: string;
  location: Location;
}

export interface Sheet {
  file: string;
  text: string;
  root: CssNode;
  rules: FlatRule[];
  /** What the parser had to leave out. */
  problems: SyntaxProblem[];
}

export interface SheetSource {
  files: Readonly<Record<string, string>>;
  pages: readonly string[];
}

/** Those of the site's pages: `.css` files as they are, of HTML the `<style>` elements. */
export function sheetsOf({ files, pages }: SheetSource): Sheet[] {
  return pages
    .filter((file) => /\.(?:css|x?html?)$/i.test(file))
    .flatMap((file) => {
      const text = files[file] ?? "";
      return /\.x?html?$/i.test(file)
        ? styleElements(file, text)
        : [readSheet(file, text, { line: 1, column: 1 })];
    });
}

function styleElements(file: string, html: string): Sheet[] {
  const { elements } = parseHtml(html, file);
  return elements.flatMap((element) => {
    const text = element.tagName === "style" ? styleText(element) : undefined;
    return text === undefined ? [] : [readSheet(file, text.value, text.start)];
  });
}

interface Start {
  line: number;
  column: number;
}

function styleText(element: Element): { value: string; start: Start } | undefined {
  const child = element.childNodes[0];
  const at = child?.sourceCodeLocation;
  if (child === undefined || !("value" in child) || !at) return undefined;
  return { value: child.value, start: { line: at.startLine, column: at.startCol } };
}

export function readSheet(file: string, text: string, start: Start): Sheet {
  refuseDeep(file, text);
  const problems: SyntaxProblem[] = [];
  const root = parse(text, {
    positions: true,
    ...start,
    onParseError: ({
      message,
      line,
      column,
    }: {
      message: string;
      line?: number;
      column?: number;
    }) => {
      problems.push({ message, location: { file, line: line ?? 1, column: column ?? 1 } });
    },
  });
  return { file, text, root, rules: flatten(file, root), problems };
}

function refuseDeep(file: string, text: string): void {
  let depth = 0;
  let deepest = 0;
  let at = 0;
  tokenize(text, (type: number, start: number) => {
    if (OPEN.has(type)) depth += 1;
    if (CLOSE.has(type)) depth = Math.max(0, depth - 1);
    if (depth > deepest) {
      deepest = depth;
      at = start;
    }
  });
  if (deepest <= MAX_DEPTH) return;
  const line = text.slice(0, at).split("\n").length;
  throw new InputProblem(`Brackets nest deeper than ${MAX_DEPTH}.`, {
    location: { file, line, column: 1 },
    hint: "Look for a bracket that is never closed.",
  });
}

const OPEN = new Set<number>([
  tokenTypes.Function,
  tokenTypes.LeftParenthesis,
  tokenTypes.LeftCurlyBracket,
  tokenTypes.LeftSquareBracket,
]);
const CLOSE = new Set<number>([
  tokenTypes.RightParenthesis,
  tokenTypes.RightCurlyBracket,
  tokenTypes.RightSquareBracket,
]);

/** At-rules whose blocks hold descriptors or frames instead of what applies to elements. */
const APART = new Set([
  "font-face",
  "keyframes",
  "property",
  "page",
  "counter-style",
  "font-feature-values",
  "font-palette-values",
  "view-transition",
  "position-try",
]);

function flatten(file: string, root: CssNode): FlatRule[] {
  const rules: FlatRule[] = [];
  const visit = (node: CssNode, context: string[]): void => {
    if (node.type === "StyleSheet" || node.type === "Block") {
      for (const child of node.children) visit(child, context);
    } else if (node.type === "Rule") {
      const rule = ruleOf(file, node, context);
      rules.push(rule);
      if (rules.length > MAX_RULES) {
        throw new InputProblem(`There are more than ${MAX_RULES} rules.`, { location: { file } });
      }
      visit(node.block, [...context, rule.selectors.join(",")]);
    } else if (node.type === "Atrule" && node.block !== null && !APART.has(keyword(node))) {
      visit(node.block, [...context, headOf(node)]);
    }
  };
  visit(root, []);
  return rules;
}

function keyword({ name }: Atrule): string {
  return name.toLowerCase().replace(/^-[a-z]+-/, "");
}

function headOf({ name, prelude }: Atrule): string {
  return `@${name.toLowerCase()}${prelude === null ? "" : ` ${generate(prelude)}`}`;
}

function ruleOf(file: string, node: Rule, context: string[]): FlatRule {
  const { prelude, block } = node;
  const selectors =
    prelude.type === "SelectorList"
      ? prelude.children.toArray().map((one) => generate(one))
      : [generate(prelude)];
  const declarations = block.children.toArray().flatMap((child) => {
    if (child.type !== "Declaration") return [];
    return [
      {
        property: child.property.startsWith("--") ? child.property : child.property.toLowerCase(),
        value: generate(child.value).trim(),
        important: child.important !== false,
        node: child,
        location: placed(file, child.loc),
      },
    ];
  });
  return { file, selectors, context, declarations, location: placed(file, node.loc) };
}

export function placed(file: string, loc: CssLocation | null | undefined): Location {
  if (!loc) return { file, line: 1, column: 1 };
  const { start, end } = loc;
  return {
    file,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
  };
}
