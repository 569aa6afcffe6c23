import * as bindings from "@astral-sh/ruff-wasm-web";
import module from "@astral-sh/ruff-wasm-web/ruff_wasm_bg.wasm";
import type { Engines } from "./contract.ts";

export const engines: Engines = {
  ruff(copy) {
    if (copy > 0)
      return Promise.reject(new Error("The linter failed; it starts anew with the isolate."));
    bindings.initSync({ module });
    return Promise.resolve(bindings);
  },
};
