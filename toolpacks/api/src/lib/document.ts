/** Documents as the tools see them: parsed safely, `$ref`s followed inside what was given, places by line. */
import { posix } from "node:path";
import { findNodeAtLocation, parseTree } from "jsonc-parser";
import { LineCounter, isMap, isNode, isScalar, isSeq, parseDocument } from "yaml";
import { InputProblem, reportOf } from "flotilla/worker/review";
import type { Finding, FindingReport, Location } from "flotilla/worker/review";
import type { DocumentInput } from "./inputs.ts";
import { isDict, text } from "./values.ts";
import type { Dict } from "./values.ts";

export type Path = readonly (string | number)[];

/** A value with where it stands. */
export interface Node {
  file: string;
  path: Path;
  value: unknown;
}

export interface Bundle {
  /** The document that was meant. */
  root: Node & { value: Dict };
  files: ReadonlyMap<string, Source>;
}
interface Source {
  body: string;
  value: unknown;
  locate: (path: Path) => { line: number; column: number };
}

/** Deeper than any honest document; parsers and walks recurse. */
const MAX_DEPTH = 200;
const MAX_REFS = 50;
/** An alias bomb grows ten-fold a line; honest documents repeat an anchor some dozen times. */
const MAX_ALIASES = 1_000;
const MAX_TOTAL_CHARS = 8_000_000;

export function readBundle(input: DocumentInput, what = "content"): Bundle {
  const given = textsOf(input, what);
  const files = new Map<string, Source>();
  for (const [file, body] of given) files.set(file, sourceOf(file, body));
  const name = entryOf(files, input.entry);
  const value = files.get(name)?.value;
  if (!isDict(value)) {
    throw new InputProblem(`${name}: expected an object at the top, as JSON or YAML.`);
  }
  return { root: { file: name, path: [], value }, files };
}

/** The texts by their normal names. */
export function textsOf(input: DocumentInput, what: string): [string, string][] {
  const { content, files } = input;
  if ((content === undefined) === (files === undefined)) {
    throw new InputProblem(`Pass either ${what} or files.`);
  }
  if (content !== undefined) return [[input.entry ?? "document", content]];
  const texts = Object.entries(files ?? {});
  const total = texts.reduce((sum, [, body]) => sum + body.length, 0);
  if (total > MAX_TOTAL_CHARS) {
    throw new InputProblem(`The files have ${total} characters; ${MAX_TOTAL_CHARS} are allowed.`);
  }
  return texts.map(([file, body]) => [normal(file), body]);
}

/** Files are names, not places on a disk: whatever leaves the given set does not exist. */
export function normal(file: string): string {
  return posix.normalize(file.replaceAll("\\", "/")).replace(/^(\.?\/)+/, "");
}

export function entryOf(files: ReadonlyMap<string, { value: unknown }>, entry?: string): string {
  if (entry !== undefined) {
    const name = files.has(entry) ? entry : normal(entry);
    if (files.has(name)) return name;
    throw new InputProblem(`entry: there is no file "${entry}" among the files.`);
  }
  const names = [...files.keys()];
  if (names.length === 1 && names[0] !== undefined) return names[0];
  const roots = names.filter((name) => {
    const value = files.get(name)?.value;
    return isDict(value) && ["openapi", "swagger", "asyncapi"].some((key) => key in value);
  });
  if (roots.length === 1 && roots[0] !== undefined) return roots[0];
  throw new InputProblem(
    `${roots.length} of the files say "openapi", "swagger" or "asyncapi"; name one in "entry".`,
  );
}

function sourceOf(file: string, body: string): Source {
  if (body.trim() === "") throw new InputProblem(`${file}: is empty.`);
  const json = parseJson(body);
  if (json !== undefined) {
    checkDepth(file, json.value);
    return { body, value: json.value, locate: jsonPlaces(body) };
  }
  checkIndent(file, body);
  const lines = new LineCounter();
  const parsed = parseDocument(body, { lineCounter: lines, prettyErrors: false });
  const [problem] = parsed.errors;
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new InputProblem(`${file}:${line}:${col}: ${problem.message}`);
  }
  const value = yamlValue(file, () => parsed.toJS({ maxAliasCount: MAX_ALIASES }));
  checkDepth(file, value);
  return {
    body,
    value,
    locate(path) {
      for (let length = path.length; length >= 0; length -= 1) {
        const holder =
          length === 0 ? parsed.contents : parsed.getIn(path.slice(0, length - 1), true);
        const offset = yamlOffset(holder, length === 0 ? undefined : path[length - 1]);
        if (offset === undefined) continue;
        const { line, col } = lines.linePos(offset);
        return { line, column: col };
      }
      return { line: 1, column: 1 };
    },
  };
}

function yamlValue(file: string, read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    throw new InputProblem(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Where the key stands; for an element of a sequence, where it begins. */
function yamlOffset(holder: unknown, key: string | number | undefined): number | undefined {
  if (isMap(holder) && key !== undefined) {
    const pair = holder.items.find(
      ({ key: one }) => isScalar(one) && String(one.value) === String(key),
    );
    return pair !== undefined && isNode(pair.key) ? pair.key.range?.[0] : undefined;
  }
  const node = isSeq(holder) && key !== undefined ? holder.items[Number(key)] : holder;
  return isNode(node) && (key === undefined || isSeq(holder)) ? node.range?.[0] : undefined;
}

function parseJson(body: string): { value: unknown } | undefined {
  if (!/^\s*[[{]/.test(body)) return undefined;
  try {
    return { value: JSON.parse(body) as unknown };
  } catch {
    return undefined;
  }
}

/** Flow collections nest by one character each; the YAML parser recurses for each. */
function checkIndent(file: string, body: string): void {
  const nested = /(?:[[{]\s*){150}|(?:- ){150}|(?:\? ){150}/.test(body);
  if (nested) throw new InputProblem(`${file}: is nested more than ${MAX_DEPTH} levels deep.`);
}

function checkDepth(file: string, value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) {
      throw new InputProblem(`${file}: is nested more than ${MAX_DEPTH} levels deep.`);
    }
    level = [...new Set(level.filter((one) => typeof one === "object" && one !== null))].flatMap(
      (one) => Object.values(one ?? {}),
    );
  }
}

/** JSON text is parsed a second time only when a place is asked for. */
function jsonPlaces(body: string): Source["locate"] {
  let tree: ReturnType<typeof parseTree>;
  const lines: number[] = [0];
  return (path) => {
    if (tree === undefined) {
      tree = parseTree(body);
      for (let end = body.indexOf("\n"); end !== -1; end = body.indexOf("\n", end + 1))
        lines.push(end + 1);
    }
    if (tree === undefined) return { line: 1, column: 1 };
    let found: ReturnType<typeof findNodeAtLocation>;
    for (let length = path.length; found === undefined && length >= 0; length -= 1) {
      found = findNodeAtLocation(tree, path.slice(0, length));
    }
    const holder = found?.parent;
    const offset = (holder?.type === "property" ? holder : found)?.offset ?? 0;
    let low = 0;
    let high = lines.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((lines[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (lines[low] ?? 0) + 1 };
  };
}

export function pointerOf(path: Path): string {
  return path.map((one) => `/${String(one).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

export function locationOf(bundle: Bundle, node: Pick<Node, "file" | "path">): Location {
  const place = bundle.files.get(node.file)?.locate(node.path) ?? { line: 1, column: 1 };
  return { file: node.file, ...place, pointer: pointerOf(node.path) };
}

/** The value below a node, with `$ref`s followed. `undefined` when there is none. */
export function at(bundle: Bundle, node: Node, ...keys: Path): Node | undefined {
  let here: Node | undefined = follow(bundle, node);
  for (const key of keys) {
    const value = here?.value;
    if (here === undefined || typeof value !== "object" || value === null) return undefined;
    if (!Object.hasOwn(value, key)) return undefined;
    const next: Node = {
      file: here.file,
      path: [...here.path, key],
      value: Reflect.get(value, key),
    };
    here = follow(bundle, next);
  }
  return here;
}

/** What a chain of `$ref`s ends at; `undefined` when it leads nowhere, in circles, or out of what was given. */
export function follow(bundle: Bundle, node: Node): Node | undefined {
  let here = node;
  for (let step = 0; step < MAX_REFS; step += 1) {
    const ref = isDict(here.value) ? text(here.value["$ref"]) : undefined;
    if (ref === undefined) return here;
    const target = targetOf(bundle, here.file, ref);
    if (target === undefined) return undefined;
    here = target;
  }
  return undefined;
}

export function targetOf(bundle: Bundle, from: string, ref: string): Node | undefined {
  const [name = "", fragment = ""] = ref.split("#");
  const file = name === "" ? from : normal(posix.join(posix.dirname(from), name));
  const source = bundle.files.get(file);
  if (source === undefined) return undefined;
  if (fragment !== "" && !fragment.startsWith("/")) return undefined;
  let value = source.value;
  const path: string[] = [];
  for (const raw of fragment.split("/").slice(1)) {
    const key = unescapePointer(raw);
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
    path.push(key);
  }
  return { file, path, value };
}

function unescapePointer(raw: string): string {
  let decoded = raw;
  try {
    decoded = decodeURIComponent(raw);
  } catch {
    // A stray percent sign stands for itself.
  }
  return decoded.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** The members of an object or array node. */
export function entriesOf(bundle: Bundle, node: Node | undefined): [string, Node][] {
  if (node === undefined || typeof node.value !== "object" || node.value === null) return [];
  const isList = Array.isArray(node.value);
  return Object.entries(node.value).flatMap(([key, value]) => {
    const path = [...node.path, isList ? Number(key) : key];
    const found = follow(bundle, { file: node.file, path, value });
    return found === undefined ? [] : [[key, found] as [string, Node]];
  });
}

/** A finding that knows its node; the place in the text is looked up at the end. */
export interface Draft extends Finding {
  node?: Pick<Node, "file" | "path">;
}

export function reportIn(
  bundle: Bundle,
  drafts: readonly Draft[],
  ignore?: readonly string[],
): FindingReport {
  return reportOf(drafts, {
    ignore,
    place: ({ node, ...finding }) =>
      node === undefined ? finding : { ...finding, location: locationOf(bundle, node) },
  });
}
