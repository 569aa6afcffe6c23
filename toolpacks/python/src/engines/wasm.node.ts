import { readFile } from "node:fs/promises";
import type { Engines, RuffBindings } from "./contract.ts";

/** Instances are never given back while their thread lives; a thread that needs more is under attack. */
const MAX_COPIES = 40;

export const engines: Engines = {
  async ruff(copy) {
    if (copy > MAX_COPIES)
      throw new Error("The linter failed too often; it starts anew when idle.");
    const script = import.meta.resolve("@astral-sh/ruff-wasm-web");
    const bindings: RuffBindings = await import(copy === 0 ? script : `${script}?copy=${copy}`);
    const module = await WebAssembly.compile(await readFile(new URL("ruff_wasm_bg.wasm", script)));
    bindings.initSync({ module });
    return bindings;
  },
};
