/** Reading values of unknown shape. */

export type Dict = Record<string, unknown>;

export function isDict(value: unknown): value is Dict {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
export function dict(value: unknown): Dict {
  return isDict(value) ? value : {};
}
export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
export function strings(value: unknown): string[] {
  return list(value).filter((one) => typeof one === "string");
}
export function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
/** For evidence and messages: one line, cut. */
export function shown(value: unknown, max = 120): string {
  const flat = (typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing"))
    .replaceAll(/\s+/g, " ")
    .trim();
  return flat.length > max ? `${flat.slice(0, max - 1)}…` : flat;
}
export function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
