/** Finds the JSON in an input and changes it by its structure, so that what comes out still gets past the parser. */
import type { Random } from "./random.ts";

/** Values that have been somebody's bug. */
const ODD_VALUES = [
  "null",
  "true",
  "0",
  "-0",
  "-1",
  "1.5",
  "1e400",
  "9007199254740993",
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"__proto__"',
  '"2026-07-28"',
  '"2025-03-26"',
  "[]",
  "{}",
  "[[[]]]",
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"a":1,"a":2}',
];

/** Undefined when there is no JSON object or array in it. */
export function mutateJson(input: Uint8Array, random: Random): Uint8Array | undefined {
  const text = Buffer.from(input).toString("utf8");
  const start = text.search(/[[{]/);
  if (start < 0) return undefined;
  const end = Math.max(text.lastIndexOf("}"), text.lastIndexOf("]")) + 1;
  try {
    const value: unknown = JSON.parse(text.slice(start, end));
    const changed = text.slice(0, start) + write(change(value, random, 0)) + text.slice(end);
    return new Uint8Array(Buffer.from(changed, "utf8"));
  } catch {
    // No JSON, or nested beyond what recursion can write.
    return undefined;
  }
}

/** JSON text that stands for itself: odd values are not always what `JSON.stringify` can write. */
class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function change(value: unknown, random: Random, depth: number): unknown {
  const isContainer = typeof value === "object" && value !== null && !(value instanceof Raw);
  if (!isContainer || depth > 20 || random.chance(4)) return replacement(value, random);
  if (Array.isArray(value)) return changeArray(value, random, depth);
  const entries = Object.entries(value);
  if (entries.length === 0) return new Raw(random.pick(ODD_VALUES));
  const at = random.below(entries.length);
  const [key, old] = entries[at] ?? ["", null];
  const way = random.below(24);
  if (way <= 2) entries.splice(at, 1);
  else if (way <= 5) entries.push([key, new Raw(random.pick(ODD_VALUES))]);
  else if (way <= 7) entries[at] = [key.toUpperCase(), old];
  else entries[at] = [key, change(old, random, depth + 1)];
  return new Raw(
    `{${entries.map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join(",")}}`,
  );
}

function changeArray(value: unknown[], random: Random, depth: number): unknown[] {
  const items = [...value];
  const at = random.below(items.length);
  const way = items.length === 0 ? 0 : random.below(8);
  if (way <= 1) items.push(new Raw(random.pick(ODD_VALUES)));
  else if (way <= 3) items.splice(at, 1);
  else if (way === 4) items.push(...items.slice(0, 50));
  else items[at] = change(items[at], random, depth + 1);
  return items;
}

function replacement(value: unknown, random: Random): unknown {
  const way = random.below(6);
  if (way === 0) return nested(random);
  if (way === 1) return [value];
  if (way <= 3 && typeof value === "string") return value + "x".repeat(random.below(300));
  return new Raw(random.pick(ODD_VALUES));
}

/** Around every depth limit there is, and far beyond. */
function nested(random: Random): Raw {
  const depth = random.pick([10, 63, 64, 127, 128, 129, 2_000]);
  return new Raw(
    random.chance(2)
      ? "[".repeat(depth) + "]".repeat(depth)
      : '{"a":'.repeat(depth) + "1" + "}".repeat(depth),
  );
}

function write(value: unknown): string {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}:${write(item)}`,
  );
  return `{${members.join(",")}}`;
}
