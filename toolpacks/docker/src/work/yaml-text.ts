/** YAML with places: documents as plain values, and where each value stands. */
import { InputProblem } from "flotilla/worker/review";
import type { Finding, Location } from "flotilla/worker/review";
import {
  LineCounter,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  parseAllDocuments,
} from "yaml";
import type { Document, Node } from "yaml";

export type Path = readonly (string | number)[];

export interface YamlDocument {
  file: string;
  /** Undefined for an empty document, or one with syntax errors. */
  value: unknown;
  /** Where the value at a path stands; of what is missing, its nearest parent. */
  place(path: Path): Location;
}

export interface YamlText {
  documents: YamlDocument[];
  /** Syntax errors, duplicate keys. */
  problems: Finding[];
}

const MAX_DEPTH = 100;
const MAX_DOCUMENTS = 500;

/** Rejects with `InputProblem` for what no reader should touch: binary, too deep, too many documents. */
export function readYaml(file: string, text: string): YamlText {
  refuseHostile(file, text);
  const lines = new LineCounter();
  const parsed = parsedOf(file, text, lines);
  if (parsed.length > MAX_DOCUMENTS) {
    throw new InputProblem(
      `It has ${parsed.length} documents; at most ${MAX_DOCUMENTS} are read.`,
      { location: { file } },
    );
  }
  const problems: Finding[] = [];
  const documents = parsed.map((document): YamlDocument => {
    for (const error of document.errors.slice(0, 20)) {
      const [start] = error.linePos ?? [{ line: 1, col: 1 }];
      problems.push({
        rule: error.code === "DUPLICATE_KEY" ? "yaml-duplicate-key" : "yaml-syntax",
        severity: "error",
        message: error.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? "",
        location: { file, line: start.line, column: start.col },
        fix: /\{\{/.test(text) ? "Render the template first (helm template)." : "Correct the YAML.",
      });
    }
    return {
      file,
      value: document.errors.length > 0 ? undefined : valueOf(file, document),
      place: (path) => ({
        file,
        ...placeIn(document, path, lines),
        ...(path.length > 0 && { pointer: pointerOf(path) }),
      }),
    };
  });
  return { documents, problems };
}

function parsedOf(file: string, text: string, lines: LineCounter): Document.Parsed[] {
  try {
    const all = parseAllDocuments(text, {
      lineCounter: lines,
      merge: true,
      prettyErrors: true,
      uniqueKeys: true,
    });
    return "empty" in all ? [] : [...all];
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(file);
    throw error;
  }
}

function valueOf(file: string, document: Document.Parsed): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 200 });
    return value;
  } catch (error) {
    throw new InputProblem(
      error instanceof RangeError
        ? "Its aliases nest too deep."
        : `Its aliases cannot be resolved: ${String(error).slice(0, 120)}`,
      {
        location: { file },
        hint: "Write the values out.",
      },
    );
  }
}

function tooDeep(file: string): InputProblem {
  return new InputProblem(`It nests more than ${MAX_DEPTH} levels.`, { location: { file } });
}

/** Nesting is bounded before the parser, which recurses, sees it. */
function refuseHostile(file: string, text: string): void {
  if (text.includes("\0"))
    throw new InputProblem("This is not text.", {
      location: { file },
      hint: "Pass YAML in UTF-8.",
    });
  let brackets = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // [ {
    if (code === 91 || code === 123) brackets += 1;
    else if (code === 93 || code === 125) brackets = Math.max(0, brackets - 1);
    if (brackets > MAX_DEPTH) throw tooDeep(file);
  }
  for (const line of text.split("\n")) {
    const start = /^[ \t]*/.exec(line)?.[0].length ?? 0;
    if (start > 2_000 || /^(?:[-?:] +){60}/.test(line.trimStart())) throw tooDeep(file);
  }
}

function placeIn(
  document: Document,
  path: Path,
  lines: LineCounter,
): { line: number; column: number } {
  let node: unknown = document.contents;
  let range = isCollection(node) || isScalar(node) ? node.range : undefined;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (!isCollection(node)) break;
    const pair = isMap(node)
      ? node.items.find(
          (one) => isPair(one) && isScalar(one.key) && String(one.key.value) === String(key),
        )
      : undefined;
    const child =
      pair === undefined ? (typeof key === "number" ? node.items[key] : undefined) : pair.value;
    const keyNode: unknown = pair?.key;
    const found = keyNode ?? child;
    const next = isNode(found) ? found.range : undefined;
    if (next === undefined || next === null) break;
    range = next;
    node = child;
  }
  const { line, col } = lines.linePos(range?.[0] ?? 0);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isCollection(value) || isAlias(value);
}

export function pointerOf(path: Path): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
