/** YAML 1.2 with positions. Aliases are bounded, so a few lines cannot unfold into gigabytes. */
import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type YAMLError,
} from "yaml";
import { configError, type Path, type Position, type Problem } from "./problems.ts";
import type { Source } from "./source.ts";

/** More uses of anchors than a person writes; far fewer than a bomb needs. */
const MAX_ALIASES = 100;

export function parseYamlSource(file: string, text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    stringKeys: true,
  });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) throw configError(faults.map((fault) => explain(file, fault, lines)));
  return {
    file,
    value: toValue(file, document),
    locate: (path, part = "value") => locate(document, path, { part, lines }),
  };
}

function toValue(file: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
  } catch (error) {
    if (error instanceof RangeError) throw error;
    const message = "uses anchors or aliases that cannot be resolved within bounds";
    const hint = "Write the values out instead.";
    throw configError([{ file, line: 1, column: 1, path: "", message, hint }]);
  }
}

/** The parser's own words are for programmers; these are the slips that people make. */
const EXPLAINED: Record<string, { message: string; hint?: string }> = {
  TAB_AS_INDENT: { message: "a tab is used for indentation", hint: "Indent with spaces." },
  DUPLICATE_KEY: { message: "this key is here twice", hint: "Keep one of the two." },
  MULTIPLE_DOCS: {
    message: "a second document starts here (---)",
    hint: "Keep one document per file.",
  },
  NON_STRING_KEY: { message: "a key must be plain text", hint: "Put the key in quotes." },
  TAG_RESOLVE_FAILED: { message: "tags (!name) are not used here", hint: "Remove the tag." },
  BAD_INDENT: { message: "the indentation does not fit", hint: "Align it with its neighbours." },
};

const UNCLOSED = { message: "a bracket is opened and not closed", hint: "Close it before here." };

function explain(file: string, fault: YAMLError, lines: LineCounter): Problem {
  const open = fault.code === "BAD_INDENT" && fault.message.includes("end with");
  const known = open ? UNCLOSED : EXPLAINED[fault.code];
  // The parser quotes short bits of syntax, never whole values; cut at the first line all the same.
  const message = known?.message ?? `not valid YAML: ${fault.message.split("\n")[0] ?? ""}`;
  const problem = { file, ...position(lines, fault.pos[0]), path: "", message };
  return known?.hint === undefined ? problem : { ...problem, hint: known.hint };
}

function locate(
  document: Document,
  path: Path,
  want: { part: "key" | "value"; lines: LineCounter },
): Position {
  let node: unknown = document.contents;
  let at = offsetOf(node) ?? 0;
  for (const [index, segment] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const step = child(node, segment);
    if (step === undefined) break;
    const last = index === path.length - 1;
    at = (last && want.part === "key" ? step.keyAt : offsetOf(step.value)) ?? step.keyAt ?? at;
    node = step.value;
  }
  return position(want.lines, at);
}

function child(node: unknown, segment: string | number) {
  if (isSeq(node)) return { value: node.items[Number(segment)], keyAt: undefined };
  if (!isMap(node)) return undefined;
  const pair = node.items.find(
    (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(segment),
  );
  return pair === undefined ? undefined : { value: pair.value, keyAt: offsetOf(pair.key) };
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
