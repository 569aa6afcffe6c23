/**
 * JSON objects as text: find, replace and drop members without parsing what lies inside them. Payloads of workers
 * (schemas, `_meta`, structured content) cross Flotilla byte for byte, because a parse and a new serialisation would
 * change numbers, key order and duplicate keys that we have no business with.
 *
 * These functions check structure (strings, brackets, separators), not the full grammar: run `JSON.parse` on a slice
 * whose validity matters.
 */

/** Thrown for text that is no JSON object, repeats a top-level key, or nests deeper than allowed. */
export class RawJsonError extends Error {
  readonly problem: "syntax" | "duplicate" | "depth";
  constructor(problem: "syntax" | "duplicate" | "depth", message: string) {
    super(message);
    this.name = "RawJsonError";
    this.problem = problem;
  }
}

/** Far above what real messages use, far below what makes recursive consumers overflow. */
export const DEFAULT_MAX_DEPTH = 128;

/** Never unescaped inside a JSON string (RFC 8259, section 7). */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f]/;
const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** The raw slices of an object's top-level members, in order. Keys are decoded; a repeated key is an error. */
export function members(text: string, maxDepth = DEFAULT_MAX_DEPTH): Map<string, string> {
  const found = new Map<string, string>();
  walk(text, OPEN_BRACE, (start) => {
    const keyEnd = skipString(text, start);
    const key = decodeKey(text, start, keyEnd);
    const colon = skipSpace(text, keyEnd);
    if (text.charCodeAt(colon) !== COLON) throw syntax(colon);
    const valueStart = skipSpace(text, colon + 1);
    const valueEnd = skipValue(text, valueStart, maxDepth - 1);
    if (found.has(key)) throw new RawJsonError("duplicate", `the key ${short(key)} occurs twice`);
    found.set(key, text.slice(valueStart, valueEnd));
    return valueEnd;
  });
  return found;
}

/** The raw slices of an array's elements, in order. */
export function elements(text: string, maxDepth = DEFAULT_MAX_DEPTH): string[] {
  const found: string[] = [];
  walk(text, OPEN_BRACKET, (start) => {
    const end = skipValue(text, start, maxDepth - 1);
    found.push(text.slice(start, end));
    return end;
  });
  return found;
}

/**
 * The object with some members replaced or added (`set`: key → raw JSON) and some removed. Untouched members keep
 * their bytes and order, replaced ones their place, new ones come last.
 */
export function spliceMembers(
  text: string,
  change: { set?: Readonly<Record<string, string>>; drop?: readonly string[] },
): string {
  const all = members(text);
  for (const key of change.drop ?? []) all.delete(key);
  for (const [key, raw] of Object.entries(change.set ?? {})) all.set(key, raw);
  return objectOf(all);
}

/** The JSON text of an object from raw members. */
export function objectOf(all: Iterable<readonly [string, string]>): string {
  let out = "";
  for (const [key, raw] of all) out += `${out === "" ? "" : ","}${JSON.stringify(key)}:${raw}`;
  return `{${out}}`;
}

/** One value and nothing after it; returns nothing, throws when the text nests too deep or is torn. */
export function checkDepth(text: string, maxDepth = DEFAULT_MAX_DEPTH): void {
  const end = skipSpace(text, skipValue(text, skipSpace(text, 0), maxDepth));
  if (end !== text.length) throw syntax(end);
}

/**
 * The same JSON without line breaks: in valid JSON they only stand between tokens, where a space means the same.
 * Line-framed transports (stdio, SSE) need it.
 */
export function oneLine(text: string): string {
  return text.includes("\n") || text.includes("\r") ? text.replaceAll(/[\r\n]/g, " ") : text;
}

/** Calls `item` at the start of each entry of the outermost object or array; `item` returns where the entry ends. */
function walk(text: string, open: number, item: (start: number) => number): void {
  const close = open === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET;
  let at = skipSpace(text, 0);
  if (text.charCodeAt(at) !== open) throw syntax(at);
  at = skipSpace(text, at + 1);
  if (text.charCodeAt(at) !== close) {
    for (;;) {
      at = skipSpace(text, item(at));
      const next = text.charCodeAt(at);
      if (next === close) break;
      if (next !== COMMA) throw syntax(at);
      at = skipSpace(text, at + 1);
    }
  }
  const end = skipSpace(text, at + 1);
  if (end !== text.length) throw syntax(end);
}

function skipValue(text: string, start: number, depthLeft: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return skipString(text, start);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return skipScalar(text, start);
  return skipNested(text, start, depthLeft);
}

/** Iterative on purpose: the input decides the depth, so the call stack must not follow it. */
function skipNested(text: string, start: number, depthLeft: number): number {
  const closers: number[] = [];
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = skipString(text, at);
      continue;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (closers.length >= depthLeft) {
        throw new RawJsonError("depth", "the message is nested too deeply");
      }
      closers.push(code + 2); // In ASCII each closing bracket is its opening one plus two.
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (closers.pop() !== code) throw syntax(at);
      if (closers.length === 0) return at + 1;
    }
    at += 1;
  }
  throw syntax(at);
}

function skipString(text: string, start: number): number {
  if (text.charCodeAt(start) !== QUOTE) throw syntax(start);
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) throw syntax(text.length);
    let slashes = quote;
    while (text.charCodeAt(slashes - 1) === BACKSLASH) slashes -= 1;
    if ((quote - slashes) % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

function skipScalar(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || isSpace(code)) break;
    if (code === QUOTE || code === COLON || code === OPEN_BRACE || code === OPEN_BRACKET) {
      throw syntax(at);
    }
    at += 1;
  }
  if (at === start) throw syntax(at);
  return at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

function decodeKey(text: string, start: number, end: number): string {
  const inner = text.slice(start + 1, end - 1);
  if (!inner.includes("\\")) {
    if (CONTROL.test(inner)) throw syntax(start);
    return inner;
  }
  try {
    return String(JSON.parse(text.slice(start, end)));
  } catch {
    throw syntax(start);
  }
}

const short = (key: string): string =>
  JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key);

const syntax = (at: number): RawJsonError =>
  new RawJsonError("syntax", `not valid JSON at character ${at}`);
