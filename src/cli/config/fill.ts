/** Filling in placeholders, with the place that a fault is told at. */
import type { Path } from "./problems.ts";

export type Fill = (text: string, path: Path) => string;

export function fillAll(
  values: Record<string, string>,
  path: Path,
  fill: Fill,
): Record<string, string> {
  const filled = Object.entries(values).map(([name, value]): [string, string] => [
    name,
    fill(value, [...path, name]),
  ]);
  return Object.fromEntries(filled);
}
