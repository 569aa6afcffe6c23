/** Names for tools: the operation's own id in snake case, else method and path; unique, short, stable. */
import type { Operation } from "./model.ts";

/** Leaves room for the worker's name in front, below the 64 characters that clients take. */
const MAX_LENGTH = 48;

export function toolNames(operations: readonly Operation[]): string[] {
  const taken = new Set<string>();
  return operations.map((operation) => {
    const name = uniqueName(shortened(plainName(operation)), taken);
    taken.add(name);
    return name;
  });
}

function plainName({ operationId, method, path }: Operation): string {
  const own = snake(operationId ?? "");
  if (own !== "") return own;
  const parts = path.split("/").filter((part) => part !== "");
  const words = parts.map((part) => part.replaceAll(/\{([^{}]+)\}/g, "by_$1"));
  return snake([method.toLowerCase(), ...words].join("_"));
}

/** `listPetsByID`, `repos/list-for-org` → `list_pets_by_id`, `repos_list_for_org`. */
function snake(text: string): string {
  return text
    .slice(0, 500)
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .replaceAll(/[^A-Za-z0-9]+/g, "_")
    .replaceAll(/^_|_$/g, "")
    .toLowerCase();
}

/** A cut name carries a few letters made from all of it, so that it stays when others come and go. */
function shortened(name: string): string {
  if (name.length <= MAX_LENGTH) return name;
  let hash = 5381;
  for (const letter of name) hash = (hash * 33 + (letter.codePointAt(0) ?? 0)) % 2 ** 32;
  const tail = hash.toString(36).padStart(7, "0");
  return `${name.slice(0, MAX_LENGTH - tail.length - 1)}_${tail}`;
}

function uniqueName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  let count = 2;
  while (taken.has(`${name}_${count}`)) count += 1;
  return `${name}_${count}`;
}
