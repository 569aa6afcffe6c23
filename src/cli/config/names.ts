/** Worker names from whatever people and other programs call a server. */
import { createHash } from "node:crypto";

/** "Brave Search" → "brave-search"; the same input always gives the same name, and it is always a valid one. */
export function normaliseName(name: string): string {
  const plain = name
    .slice(0, 500)
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[\u0300-\u036F]/g, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");
  if (plain !== "") return plain;
  return `worker-${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
}

/** `wanted`, or `wanted-2`, `wanted-3`, … when taken. */
export function freeName(wanted: string, taken: (name: string) => boolean): string {
  for (let count = 1; ; count++) {
    const suffix = count === 1 ? "" : `-${count}`;
    const name = `${wanted.slice(0, 63 - suffix.length)}${suffix}`;
    if (!taken(name)) return name;
  }
}
