/** Unknown values, looked at safely. */
export type Dict = Record<string, unknown>;

export function isDict(value: unknown): value is Dict {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
/** The value if it is an object, else an empty one. */
export const dict = (value: unknown): Dict => (isDict(value) ? value : {});
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const text = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;
/** Also numbers and switches, as YAML writes what is meant as text. */
export const scalar = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
export const own = (value: unknown, key: string): unknown =>
  isDict(value) && Object.hasOwn(value, key) ? value[key] : undefined;
/** The value at a path, undefined when there is none. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let found = value;
  for (const key of path) found = typeof key === "number" ? list(found)[key] : own(found, key);
  return found;
}

/** The known word nearest to a misspelt one, if any is near: at most two changes. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.min(3, Math.ceil(word.length / 2));
  for (const one of known) {
    if (one.toLowerCase() === word.toLowerCase()) return one;
    if (Math.abs(one.length - word.length) >= least) continue;
    const away = distance(word.toLowerCase(), one.toLowerCase());
    if (away < least) [best, least] = [one, away];
  }
  return best;
}

function distance(a: string, b: string): number {
  if (a.length > 60 || b.length > 60) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
