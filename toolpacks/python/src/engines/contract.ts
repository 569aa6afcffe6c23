/** Engines as the platform hands them out: Node reads and compiles bytes, workerd only takes compiled modules. */
export interface Engines {
  /**
   * A loaded ruff of its own. `copy` counts from 0; another number is another instance, for when text has overflowed
   * the stack of the last one and left it unusable. Rejects where only one instance can be had.
   */
  ruff(copy: number): Promise<RuffBindings>;
}

export type RuffBindings = typeof import("@astral-sh/ruff-wasm-web");
