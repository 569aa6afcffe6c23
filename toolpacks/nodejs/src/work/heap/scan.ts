/**
 * Reads a .heapsnapshot from its bytes. Such files have hundreds of megabytes, nearly all of it two arrays of numbers:
 * they go straight into typed arrays, a tenth of what JSON.parse would need.
 */
import { InputProblem } from "flotilla/worker/review";
import { isFields, own } from "../json.ts";
import type { Fields } from "../json.ts";

export interface RawSnapshot {
  /** `snapshot`: the names of fields and types, and how many there are. */
  header: Fields;
  nodes: Uint32Array;
  edges: Uint32Array;
  strings: string[];
}

/** Numbers in one array; 1.6 GB as typed array, some 40 million objects. */
const MAX_NUMBERS = 400_000_000;
const FIRST_NUMBERS = 1_048_576;
const MAX_U32 = 4_294_967_295;
const [QUOTE, BACKSLASH, COMMA, COLON, OPEN, CLOSE, CURLY, UNCURLY] = [
  34, 92, 44, 58, 91, 93, 123, 125,
];

interface Scan {
  bytes: Uint8Array;
  at: number;
  file: string;
}

/** Throws `InputProblem` when the bytes are no heap snapshot. */
export function scanSnapshot(bytes: Uint8Array, file: string): RawSnapshot {
  const scan: Scan = { bytes, at: 0, file };
  const found: Partial<RawSnapshot> = {};
  expect(scan, CURLY);
  while (peek(scan) !== UNCURLY) {
    const key: unknown = JSON.parse(textOf(scan, valueEnd(scan)));
    expect(scan, COLON);
    if (key === "nodes" || key === "edges") found[key] = numbers(scan);
    else if (key === "snapshot") found.header = objectOf(scan);
    else if (key === "strings") found.strings = stringsOf(scan);
    else scan.at = valueEnd(scan);
    if (peek(scan) === COMMA) scan.at += 1;
  }
  const { header, nodes, edges, strings } = found;
  if (header === undefined || nodes === undefined || edges === undefined || strings === undefined)
    throw broken(scan, "it lacks snapshot, nodes, edges or strings");
  return { header, nodes, edges, strings };
}

function broken({ file }: Scan, why: string): InputProblem {
  return new InputProblem(`${file} is no heap snapshot: ${why}.`, {
    hint: "Pass what v8.writeHeapSnapshot(), --heapsnapshot-signal or DevTools wrote, whole.",
  });
}

/** The next byte that is not white space, without taking it. */
function peek(scan: Scan): number {
  const { bytes } = scan;
  while (scan.at < bytes.length && (bytes[scan.at] ?? 0) <= 32) scan.at += 1;
  if (scan.at >= bytes.length) throw broken(scan, `it ends early, after ${bytes.length} bytes`);
  return bytes[scan.at] ?? 0;
}

function expect(scan: Scan, code: number): void {
  if (peek(scan) !== code)
    throw broken(scan, `byte ${scan.at} should be "${String.fromCharCode(code)}"`);
  scan.at += 1;
}

/** Takes the text up to `end`. */
function textOf(scan: Scan, end: number): string {
  const text = new TextDecoder().decode(scan.bytes.subarray(scan.at, end));
  scan.at = end;
  return text;
}

/** Where the value that starts here is over: a text, or whatever brackets enclose. */
function valueEnd(scan: Scan): number {
  const { bytes } = scan;
  peek(scan);
  let depth = 0;
  let at = scan.at;
  for (; at < bytes.length; at += 1) {
    const code = bytes[at] ?? 0;
    if (code === QUOTE) at = textEnd(scan, at);
    else if (code === OPEN || code === CURLY) depth += 1;
    else if (code === CLOSE || code === UNCURLY) depth -= 1;
    else if (depth > 0 || (code !== COMMA && code !== COLON)) continue;
    if (depth <= 0) break;
  }
  if (at >= bytes.length) throw broken(scan, "a value does not end");
  const code = bytes[at] ?? 0;
  return code === COMMA || code === COLON || depth < 0 ? at : at + 1;
}

function textEnd({ bytes, ...rest }: Scan, start: number): number {
  for (let at = bytes.indexOf(QUOTE, start + 1); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) {
    let slashes = 0;
    while (bytes[at - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  throw broken({ bytes, ...rest }, "a text does not end");
}

function numbers(scan: Scan): Uint32Array {
  expect(scan, OPEN);
  const { bytes } = scan;
  let values = new Uint32Array(FIRST_NUMBERS);
  let count = 0;
  let value = -1;
  for (; scan.at < bytes.length; scan.at += 1) {
    const code = bytes[scan.at] ?? 0;
    if (code >= 48 && code <= 57) value = (value === -1 ? 0 : value * 10) + code - 48;
    else if (code === COMMA || code === CLOSE) {
      if (value !== -1) {
        if (count === values.length) values = grown(scan, values);
        values[count] = Math.min(value, MAX_U32);
        count += 1;
        value = -1;
      }
      if (code === CLOSE) {
        scan.at += 1;
        return values.subarray(0, count);
      }
    } else if (code > 32) throw broken(scan, `byte ${scan.at} should be a number`);
  }
  throw broken(scan, "an array does not end");
}

function grown(scan: Scan, values: Uint32Array): Uint32Array<ArrayBuffer> {
  if (values.length >= MAX_NUMBERS) throw broken(scan, "it is larger than is read");
  const more = new Uint32Array(Math.min(MAX_NUMBERS, values.length * 2));
  more.set(values);
  return more;
}

function objectOf(scan: Scan): Fields {
  const value = parsed(scan);
  if (!isFields(value)) throw broken(scan, "its header is no object");
  return value;
}

function stringsOf(scan: Scan): string[] {
  const value = parsed(scan);
  if (!Array.isArray(value) || !value.every((one) => typeof one === "string"))
    throw broken(scan, "its strings are no texts");
  return value;
}

function parsed(scan: Scan): unknown {
  const end = valueEnd(scan);
  // A header of brackets alone would send the native reader deep; real ones nest four levels.
  if (scan.bytes[scan.at] === CURLY && end - scan.at > 100_000)
    throw broken(scan, "its header is too large");
  try {
    return JSON.parse(textOf(scan, end));
  } catch {
    throw broken(scan, "a part of it is not JSON");
  }
}

/** The words of a list in `snapshot.meta`. */
export function metaList(header: Fields, name: string): unknown[] {
  const meta = own(header, "meta");
  const list = isFields(meta) ? own(meta, name) : undefined;
  return Array.isArray(list) ? list : [];
}
