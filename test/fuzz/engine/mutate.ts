/** Changes one input a little: bytes, lines, words of the target's language, and JSON by its structure. */
import { mutateJson } from "./mutate-json.ts";
import type { Random } from "./random.ts";

export const MAX_INPUT_BYTES = 16 * 1024;

/** Bytes that parsers treat differently from their neighbours. */
const ODD_BYTES = [
  0x00, 0x09, 0x0a, 0x0d, 0x1b, 0x20, 0x22, 0x2c, 0x3a, 0x5c, 0x7f, 0x80, 0xbf, 0xc0, 0xed, 0xff,
];

export interface Mutator {
  corpus: readonly Uint8Array[];
  dictionary: readonly string[];
  random: Random;
}

/** One to five changes of `input`; never larger than `MAX_INPUT_BYTES`. */
export function mutate(input: Uint8Array, from: Mutator): Uint8Array {
  let changed = input;
  const times = 1 + from.random.below(5);
  for (let time = 0; time < times; time += 1) changed = mutateOnce(changed, from);
  return changed.subarray(0, MAX_INPUT_BYTES);
}

function mutateOnce(input: Uint8Array, from: Mutator): Uint8Array {
  const { random } = from;
  const at = random.below(input.length + 1);
  const length = 1 + random.below(random.chance(4) ? 256 : 8);
  const tail = input.subarray(Math.min(input.length, at + length));
  const head = input.subarray(0, at);
  switch (random.below(10)) {
    case 0:
      return joined(head, tail);
    case 1:
      return joined(head, Uint8Array.of(random.pick(ODD_BYTES)), input.subarray(at));
    case 2:
      return joined(head, Uint8Array.of(random.below(256)), input.subarray(at + 1));
    case 3:
      return joined(head, input.subarray(at, at + length), input.subarray(at));
    case 4:
    case 5:
      return joined(head, wordOf(from), random.chance(2) ? input.subarray(at) : tail);
    case 6:
      return spliced(input, from);
    case 7:
      return moveLine(input, random);
    default:
      return mutateJson(input, random) ?? joined(head, tail);
  }
}

function wordOf({ dictionary, random }: Mutator): Uint8Array {
  const word = dictionary.length === 0 ? "\u0000" : random.pick(dictionary);
  return new TextEncoder().encode(random.chance(40) ? word.repeat(1 + random.below(200)) : word);
}

/** The beginning of one input and the end of another. */
function spliced(input: Uint8Array, { corpus, random }: Mutator): Uint8Array {
  const other = random.pick(corpus);
  return joined(
    input.subarray(0, random.below(input.length + 1)),
    other.subarray(random.below(other.length + 1)),
  );
}

function moveLine(input: Uint8Array, random: Random): Uint8Array {
  const lines = Buffer.from(input).toString("latin1").split("\n");
  const [line = ""] = lines.splice(random.below(lines.length), 1);
  if (random.chance(2)) lines.splice(random.below(lines.length + 1), 0, line, line);
  else lines.splice(random.below(lines.length + 1), 0, line);
  return new Uint8Array(Buffer.from(lines.join("\n"), "latin1"));
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
