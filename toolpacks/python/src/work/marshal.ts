/**
 * Reads the part of Python's marshal format (versions 2 to 4) that cProfile writes: numbers, texts, tuples and
 * dictionaries. Nothing is executed; depth and size are bounded.
 */
import { InputProblem } from "flotilla/worker/review";

export type Marshalled = null | boolean | number | string | Marshalled[] | Map<string, Marshalled>;

const MAX_DEPTH = 20;
const FLAG_REF = 0x80;

interface Reader {
  bytes: Uint8Array;
  view: DataView;
  at: number;
  /** Values that later ones point back to, in their order. */
  refs: Marshalled[];
}

/** Keys of dictionaries become JSON, since tuples are no keys here. Throws `InputProblem` for anything else. */
export function readMarshal(bytes: Uint8Array): Marshalled {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader: Reader = { bytes, view, at: 0, refs: [] };
  try {
    return read(reader, 0) ?? null;
  } catch (error) {
    if (error instanceof RangeError) throw broken("it ends too early");
    throw error;
  }
}

function broken(why: string): InputProblem {
  return new InputProblem(`This is no profile of cProfile: ${why}.`, {
    hint: 'Write it with python -m cProfile -o out.prof, or pass the text of "python -m pstats".',
  });
}

/** Undefined: the end of a dictionary. */
function read(reader: Reader, depth: number): Marshalled | undefined {
  if (depth > MAX_DEPTH) throw broken("it nests too deeply");
  const byte = reader.view.getUint8(reader.at);
  reader.at += 1;
  const type = String.fromCharCode(byte & ~FLAG_REF);
  if (type === "0") return undefined;
  // A place is taken before the parts are read: they count after their whole.
  const ref = (byte & FLAG_REF) === 0 ? -1 : reader.refs.push(null) - 1;
  const value = readValue(reader, type, depth);
  if (ref >= 0) reader.refs[ref] = value;
  return value;
}

function readValue(reader: Reader, type: string, depth: number): Marshalled {
  switch (type) {
    case "N":
      return null;
    case "T":
      return true;
    case "F":
      return false;
    case "i":
      return int(reader);
    case "l":
      return long(reader);
    case "g":
      return float(reader);
    case "f":
      return Number(text(reader, byteOf(reader)));
    case "z":
    case "Z":
      return text(reader, byteOf(reader));
    case "a":
    case "A":
    case "u":
    case "t":
    case "s":
      return text(reader, int(reader));
    case "r":
      return reference(reader);
    case ")":
      return list(reader, byteOf(reader), depth);
    case "(":
    case "[":
      return list(reader, int(reader), depth);
    case "{":
      return dictionary(reader, depth);
    default:
      throw broken(`it holds a value of type ${JSON.stringify(type)} at byte ${reader.at - 1}`);
  }
}

function byteOf(reader: Reader): number {
  reader.at += 1;
  return reader.view.getUint8(reader.at - 1);
}

function int(reader: Reader): number {
  reader.at += 4;
  return reader.view.getInt32(reader.at - 4, true);
}

function float(reader: Reader): number {
  reader.at += 8;
  return reader.view.getFloat64(reader.at - 8, true);
}

/** Digits of 15 bits, the count's sign being the number's. Beyond 2^53 a count is no longer exact, and still right. */
function long(reader: Reader): number {
  const count = int(reader);
  let value = 0;
  if (Math.abs(count) > 100) throw broken("a number is too large");
  for (let digit = 0; digit < Math.abs(count); digit += 1) {
    reader.at += 2;
    value += reader.view.getUint16(reader.at - 2, true) * 2 ** (15 * digit);
  }
  return count < 0 ? -value : value;
}

const decoder = new TextDecoder();

function text(reader: Reader, length: number): string {
  const end = reader.at + length;
  if (length < 0 || end > reader.bytes.length) throw broken("a text is longer than the file");
  const value = decoder.decode(reader.bytes.subarray(reader.at, end));
  reader.at = end;
  return value;
}

function reference(reader: Reader): Marshalled {
  const value = reader.refs[int(reader)];
  if (value === undefined) throw broken("it points to nothing");
  return value;
}

function list(reader: Reader, length: number, depth: number): Marshalled[] {
  // Each entry takes at least a byte: a length that lies is seen before anything is reserved.
  if (length < 0 || length > reader.bytes.length - reader.at)
    throw broken("a list is longer than the file");
  const items: Marshalled[] = [];
  for (let count = 0; count < length; count += 1) {
    const item = read(reader, depth + 1);
    if (item === undefined) throw broken("a list ends too early");
    items.push(item);
  }
  return items;
}

function dictionary(reader: Reader, depth: number): Map<string, Marshalled> {
  const entries = new Map<string, Marshalled>();
  for (;;) {
    const key = read(reader, depth + 1);
    if (key === undefined) return entries;
    const value = read(reader, depth + 1);
    if (value === undefined) throw broken("a key has no value");
    entries.set(JSON.stringify(key), value);
  }
}
