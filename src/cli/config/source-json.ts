/** JSON as editors keep it: comments and trailing commas are welcome, duplicate keys are not. */
import {
  findNodeAtLocation,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from "jsonc-parser";
import { configError, formatPath, type Path, type Position, type Problem } from "./problems.ts";
import type { Source } from "./source.ts";

export function parseJsonSource(file: string, text: string): Source {
  const starts = lineStarts(text);
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  const problems = errors.map((error) => explain(file, error, starts));
  if (problems.length > 0) throw configError(problems);
  const doubles: Problem[] = [];
  const value =
    root === undefined
      ? undefined
      : toValue(root, [], (path, node) => {
          const problem = { message: "this key is here twice", hint: "Keep one of the two." };
          doubles.push({
            file,
            ...position(starts, node.offset),
            path: formatPath(path),
            ...problem,
          });
        });
  if (doubles.length > 0) throw configError(doubles);
  return {
    file,
    value,
    locate: (path, part = "value") => position(starts, locate(root, path, part)),
  };
}

type OnDouble = (path: Path, node: Node) => void;

/** Own properties only: a key called `__proto__` is a key like any other. */
function toValue(node: Node, path: Path, onDouble: OnDouble): unknown {
  if (node.type === "array") {
    return (node.children ?? []).map((item, index) => toValue(item, [...path, index], onDouble));
  }
  if (node.type !== "object") return node.value as unknown;
  const value = {};
  for (const property of node.children ?? []) {
    const [key, content] = property.children ?? [];
    if (key === undefined || content === undefined) continue;
    const name = String(key.value);
    const here = [...path, name];
    if (Object.hasOwn(value, name)) onDouble(here, key);
    Object.defineProperty(value, name, {
      value: toValue(content, here, onDouble),
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  return value;
}

function locate(root: Node | undefined, path: Path, part: "key" | "value"): number {
  if (root === undefined) return 0;
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node === undefined) continue;
    const key = node.parent?.type === "property" ? node.parent.children?.[0] : undefined;
    const wantKey = part === "key" && length === path.length;
    return wantKey && key !== undefined ? key.offset : node.offset;
  }
  return root.offset;
}

const WORDS: Record<string, string> = {
  CloseBraceExpected: 'a "}" is missing',
  CloseBracketExpected: 'a "]" is missing',
  ColonExpected: 'a ":" is missing',
  CommaExpected: 'a "," is missing',
  PropertyNameExpected: "a key in double quotes is missing",
  ValueExpected: "a value is missing",
  EndOfFileExpected: "the file should have ended here",
  UnexpectedEndOfString: "a text in double quotes does not end",
  InvalidSymbol: "a text without double quotes, or a stray word",
};

function explain(file: string, error: ParseError, starts: number[]): Problem {
  const name = printParseErrorCode(error.error);
  const message = `not valid JSON: ${WORDS[name] ?? name}`;
  return { file, ...position(starts, error.offset), path: "", message };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function position(starts: readonly number[], offset: number): Position {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}
