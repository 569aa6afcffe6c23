/** Which name of the aggregate endpoint belongs to which worker. Pure, and equal on every gateway. */
import type { ToolNaming } from "../../protocol/fleet.ts";
import { prefixedName } from "../../protocol/names.ts";

export interface NamedSource {
  worker: string;
  naming: ToolNaming;
  names: readonly string[];
}

export interface ExposedName {
  worker: string;
  original: string;
  exposed: string;
  /** Set when the naming rule alone would have given another name, because it was taken or too long. */
  renamed: boolean;
}

/** server/tools, tool names: at most 128 characters. */
const MAX_NAME = 128;
const HASH_CHARS = 8;

/**
 * Sources come in worker order, names in the worker's own. The rule's name is given where it is free. A second claim
 * to it gets the prefixed form, and if that is taken too, one with a hash of worker and name, which does not depend on
 * what else is in the fleet. `reserved` names are given to nobody.
 */
export function exposeNames(
  sources: readonly NamedSource[],
  reserved: Iterable<string> = [],
): ExposedName[] {
  const taken = new Set<string>(reserved);
  return sources.flatMap(({ worker, naming, names }) =>
    [...new Set(names)].map((original) => {
      const wished = naming === "verbatim" ? original : prefixedName(worker, original);
      const isFree = (name: string): boolean => name.length <= MAX_NAME && !taken.has(name);
      const exposed =
        [wished, prefixedName(worker, original)].find(isFree) ??
        numbered(hashedName(worker, original), taken);
      taken.add(exposed);
      return { worker, original, exposed, renamed: exposed !== wished };
    }),
  );
}

function hashedName(worker: string, original: string): string {
  const hash = fnv1a64(`${worker}\n${original}`).slice(0, HASH_CHARS);
  return `${prefixedName(worker, original).slice(0, MAX_NAME - HASH_CHARS - 1)}_${hash}`;
}

/** As it is, unless hashes collide. */
function numbered(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let n = 2; ; n++) {
    const candidate = `${name.slice(0, MAX_NAME - 12)}_${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** FNV-1a, 64 bit, in hex. Names are no secret; the hash only has to be stable and spread. */
function fnv1a64(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}
