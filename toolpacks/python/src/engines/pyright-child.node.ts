/**
 * Pyright's language server in a process that may read its own files and the texts of the call, and nothing else
 * (Node's permission model): imports such as `from ....etc import x` find nothing, whatever the text says.
 */
import { createRequire, registerHooks } from "node:module";

/** Node freezes `path` under the permission model, and pyright's file system assigns to it: it gets a copy. */
const COPY = "flotilla:path";
const SOURCE = `
const path = process.getBuiltinModule("node:path");
module.exports = { ...path, posix: { ...path.posix }, win32: { ...path.win32 } };
`;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "path" || specifier === "node:path"
      ? { url: COPY, format: "commonjs", shortCircuit: true }
      : next(specifier, context),
  load: (url, context, next) =>
    url === COPY ? { format: "commonjs", source: SOURCE, shortCircuit: true } : next(url, context),
});

const [server = ""] = process.argv.slice(2);
createRequire(server)(server);
