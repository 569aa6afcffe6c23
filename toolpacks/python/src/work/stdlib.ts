/** Since and until when modules and names of Python's own library exist (facts from typeshed's stubs). */
import table from "../data/stdlib.gen.json" with { type: "json" };

/** Minor versions of Python 3. */
export interface Life {
  /** 0: always. */
  since: number;
  /** The first version without it; 0: still there. */
  gone: number;
}

const MODULES = new Map(Object.entries(table.modules));
const NAMES = new Map(Object.entries(table.names));

export function isStandard(module: string): boolean {
  const [top = ""] = module.split(".");
  return MODULES.has(top) || (top.startsWith("_") && PRIVATE.has(top)) || top === "__main__";
}

const PRIVATE = new Set(["_thread", "_typeshed", "_ctypes", "_csv", "_socket", "_winreg"]);

/** The life of a module, the nearest parent that is known counting for it; undefined for others' modules. */
export function moduleLife(module: string): Life | undefined {
  const parts = module.split(".");
  for (let length = parts.length; length > 0; length -= 1) {
    const life = MODULES.get(parts.slice(0, length).join("."));
    if (life !== undefined) return { since: life[0] ?? 0, gone: life[1] ?? 0 };
  }
  return undefined;
}

/** Of `functools.cache`; undefined where nothing changed. */
export function nameLife(name: string): Life | undefined {
  const life = NAMES.get(name);
  return life === undefined ? undefined : { since: life[0] ?? 0, gone: life[1] ?? 0 };
}
