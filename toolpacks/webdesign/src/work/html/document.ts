/** HTML read by the standard's own algorithm (parse5), as a flat list of elements with their places. */
import { InputProblem } from "flotilla/worker/review";
import type { Location } from "flotilla/worker/review";
import { defaultTreeAdapter, parse } from "parse5";
import type { DefaultTreeAdapterTypes } from "parse5";

export type Element = DefaultTreeAdapterTypes.Element;
export type Node = DefaultTreeAdapterTypes.Node;

/** Chromium's own bound on the depth of a document. */
const MAX_DEPTH = 512;
const MAX_ELEMENTS = 200_000;

export interface HtmlDocument {
  root: DefaultTreeAdapterTypes.Document;
  /** In document order. What is inside `<template>` is not part of the page. */
  elements: readonly Element[];
  hasDoctype: boolean;
}

/** Throws `InputProblem` for documents that nest or grow beyond what a browser would take. */
export function parseHtml(text: string, file?: string): HtmlDocument {
  const root = parse(text, { sourceCodeLocationInfo: true });
  const elements: Element[] = [];
  const open: { node: Node; depth: number }[] = [{ node: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    if (isElement(node)) elements.push(node);
    if (depth > MAX_DEPTH) throw tooDeep(node, file);
    if (elements.length > MAX_ELEMENTS) {
      throw new InputProblem(`The page has more than ${MAX_ELEMENTS} elements.`);
    }
    const children = "childNodes" in node ? node.childNodes : [];
    for (let at = children.length - 1; at >= 0; at -= 1) {
      const child = children[at];
      if (child !== undefined) open.push({ node: child, depth: depth + 1 });
    }
  }
  const hasDoctype = root.childNodes.some((node) => defaultTreeAdapter.isDocumentTypeNode(node));
  return { root, elements, hasDoctype };
}

export function isElement(node: Node): node is Element {
  return defaultTreeAdapter.isElementNode(node);
}

function tooDeep(node: Node, file: string | undefined): InputProblem {
  const at = node.sourceCodeLocation;
  return new InputProblem(`Elements nest deeper than ${MAX_DEPTH}.`, {
    location: {
      ...(file === undefined ? {} : { file }),
      ...(at ? { line: at.startLine, column: at.startCol } : {}),
    },
    hint: "Look for elements that are never closed.",
  });
}

export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((one) => one.name === name)?.value;
}

/** The start tag's place; of an element that the parser made up, that of its nearest written ancestor. */
export function placeOf(file: string, element: Element): Location {
  let node: Node | null = element;
  while (node !== null) {
    const at = isElement(node) ? node.sourceCodeLocation : undefined;
    const tag = at?.startTag ?? at;
    if (tag) {
      const { startLine, startCol, endLine, endCol } = tag;
      return { file, line: startLine, column: startCol, endLine, endColumn: endCol };
    }
    node = "parentNode" in node ? node.parentNode : null;
  }
  return { file, line: 1, column: 1 };
}

/** All text below, white space folded. */
export function textOf(element: Element): string {
  const parts: string[] = [];
  const open: Node[] = [element];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (defaultTreeAdapter.isTextNode(node)) parts.push(node.value);
    if ("childNodes" in node) open.push(...node.childNodes.toReversed());
  }
  return parts.join("").replaceAll(/\s+/g, " ").trim();
}

/** What a person would be told: text, the text alternatives of images, or a label. */
export function nameOf(element: Element): string {
  const labelled = attribute(element, "aria-label")?.trim() ?? "";
  if (labelled !== "") return labelled;
  const images = descendants(element).filter(({ tagName }) => tagName === "img");
  const words = [textOf(element), ...images.map((one) => attribute(one, "alt") ?? "")];
  return words.join(" ").trim() || (attribute(element, "title")?.trim() ?? "");
}

export function descendants(element: Element): Element[] {
  const found: Element[] = [];
  const open: Node[] = element.childNodes.toReversed();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (isElement(node)) found.push(node);
    if ("childNodes" in node) open.push(...node.childNodes.toReversed());
  }
  return found;
}

export function ancestors(element: Element): Element[] {
  const found: Element[] = [];
  let node: Node | null = element.parentNode;
  while (node !== null) {
    if (isElement(node)) found.push(node);
    node = "parentNode" in node ? node.parentNode : null;
  }
  return found;
}

/** The element at a way of child positions from the root element, when tag names agree all along. */
export function elementAt(
  { root }: HtmlDocument,
  way: readonly { tag: string; index: number }[],
): Element | undefined {
  let parent: DefaultTreeAdapterTypes.ParentNode = root;
  let found: Element | undefined;
  for (const { tag, index } of way) {
    found = parent.childNodes.filter((node) => isElement(node))[index];
    if (found?.tagName !== tag) return undefined;
    parent = found;
  }
  return found;
}
