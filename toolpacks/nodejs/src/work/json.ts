/** JSON that others wrote: read with a bound on its depth, and never through a prototype. */
import { getNodeValue, parseTree, printParseErrorCode } from "jsonc-parser";
import type { Node, ParseError } from "jsonc-parser";
import { InputProblem } from "flotilla/worker/review";
import type { Location } from "flotilla/worker/review";

export type Fields = Readonly<Record<string, unknown>>;

/** Deeper than any manifest or lockfile; a recursive reader must not be led to overflow. */
const MAX_DEPTH = 500;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** A field of its own, never one of the prototype: texts name theirs `constructor` too. */
export function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Versions of formats are numbers here and texts there. */
export function versionText(value: unknown): string | undefined {
  return typeof value === "number" ? String(value) : textOf(value);
}

/** The pairs of an object whose values are texts. */
export function textsOf(value: unknown): [string, string][] {
  return Object.entries(fieldsOf(value)).flatMap(([name, one]) =>
    typeof one === "string" ? [[name, one] as [string, string]] : [],
  );
}

/** An object in JSON. Throws `InputProblem` with the place of the first mistake. */
export function parseObject(text: string, file: string): Fields {
  const plain = withoutMark(text);
  refuseDepth(plain, file);
  let value: unknown;
  try {
    value = JSON.parse(plain);
  } catch {
    throw mistakeOf(plain, file);
  }
  if (!isFields(value)) throw new InputProblem(`${file} is not a JSON object.`);
  return value;
}

export function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

export function refuseDepth(text: string, file: string): void {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // [ {
    if (code === 91 || code === 123) depth += 1;
    else if (code === 93 || code === 125) depth -= 1;
    if (depth > MAX_DEPTH) {
      throw new InputProblem(`${file} nests deeper than ${MAX_DEPTH} levels.`, {
        location: { file, ...placeAt(text, at) },
      });
    }
  }
}

function mistakeOf(text: string, file: string): InputProblem {
  const errors: ParseError[] = [];
  parseTree(text, errors);
  const [first] = errors;
  const offset = first?.offset ?? text.length;
  const what = first === undefined ? "it is not JSON" : printParseErrorCode(first.error);
  return new InputProblem(`${file} cannot be read: ${what}.`, {
    location: { file, ...placeAt(text, offset) },
    hint: "Pass the file as it is on disk.",
  });
}

/** Line and column, from 1. */
export function placeAt(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (
    let next = text.indexOf("\n");
    next !== -1 && next < offset;
    next = text.indexOf("\n", start)
  ) {
    line += 1;
    start = next + 1;
  }
  return { line, column: offset - start + 1 };
}

/** Finds the places of JSON values by RFC 6901 pointer. */
export interface JsonPlaces {
  /** The place of the value's key or of itself; of the nearest parent that is there; else the top. */
  at(pointer: string): Location;
}

export function jsonPlaces(text: string, file: string): JsonPlaces {
  const tree = parseTree(withoutMark(text));
  return {
    at(pointer) {
      const node = nearest(tree, pointer);
      return { file, ...placeAt(text, node?.offset ?? 0), pointer };
    },
  };
}

function nearest(tree: Node | undefined, pointer: string): Node | undefined {
  let node = tree;
  let place = tree;
  for (const key of pointerKeys(pointer)) {
    const next: Node | undefined = childOf(node, key);
    if (next === undefined) break;
    node = next;
    place = next.parent?.type === "property" ? next.parent : next;
  }
  return place;
}

function childOf(node: Node | undefined, key: string): Node | undefined {
  if (node?.type === "array") return node.children?.[Number(key)];
  const property = node?.children?.find(({ children }) => getName(children?.[0]) === key);
  return property?.children?.[1];
}

function getName(node: Node | undefined): unknown {
  return node === undefined ? undefined : getNodeValue(node);
}

function pointerKeys(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function pointerOf(...keys: (string | number)[]): string {
  return keys.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
