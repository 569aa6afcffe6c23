/** What must be changed in a module so that workerd can load it. Each plugin is one such reason. */
import { readFile, stat } from "node:fs/promises";
import { builtinModules } from "node:module";
import { basename } from "node:path";
import type { Plugin } from "esbuild";

const BUILTINS = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
const SHIM = "node-shim";
const ABSENT = "absent";

/** Stands for a module that is not there: importing it is harmless, calling into it says what is missing. */
function gone(what: string): { contents: string; loader: "js" } {
  const contents = `
const gone = () => { throw new Error(${JSON.stringify(`${what} is not there at the edge.`)}); };
module.exports = new Proxy({}, { get: (_, name) => (name === "__esModule" ? true : gone) });`;
  return { contents, loader: "js" };
}

/** Files that say by their name that they need Node, and packages that only refused tools need. */
export function leaveOut(packages: readonly string[]): Plugin {
  return {
    name: "leave-out",
    setup(builder) {
      builder.onLoad({ filter: /\.node\.[cm]?[jt]s$/ }, ({ path }) => gone(basename(path)));
      builder.onResolve({ filter: /^[@a-z]/ }, ({ path }) =>
        packages.some((name) => path === name || path.startsWith(`${name}/`))
          ? { path, namespace: ABSENT }
          : undefined,
      );
      builder.onLoad({ filter: /./, namespace: ABSENT }, ({ path }) => gone(path));
    },
  };
}

/** They stay outside, under the one name by which workerd knows them; what CommonJS requires of them is imported. */
export function nodeModules(): Plugin {
  return {
    name: "node-modules",
    setup(builder) {
      builder.onResolve({ filter: /^[a-z_:/0-9]+$/ }, ({ path, kind, namespace }) => {
        if (!BUILTINS.has(path)) return undefined;
        const full = path.startsWith("node:") ? path : `node:${path}`;
        return kind === "require-call" && namespace !== SHIM
          ? { path: full, namespace: SHIM }
          : { path: full, external: true };
      });
      builder.onLoad({ filter: /./, namespace: SHIM }, ({ path }) => ({
        contents: `import all from ${JSON.stringify(path)}; module.exports = all;`,
        loader: "js",
      }));
    },
  };
}

/** The places where Emscripten's loader looks for its file: on a disk, or beside the script's address. */
const EMSCRIPTEN: readonly (readonly [RegExp, string])[] = [
  [/var ENVIRONMENT_IS_NODE ?=[^;]+;/, "var ENVIRONMENT_IS_NODE=false;"],
  [/_scriptName ?= ?self\.location\.href/, '_scriptName=""'],
  [
    /var instantiateWasm ?= ?Module\["instantiateWasm"\];/,
    "var instantiateWasm=(imports,done)=>{done(new WebAssembly.Instance(flotillaWasm,imports));};",
  ],
];

/** workerd compiles WebAssembly when it loads a worker and never later: Emscripten's loaders are handed the module. */
export function compiledWasm(): Plugin {
  return {
    name: "compiled-wasm",
    setup(builder) {
      builder.onLoad({ filter: /node_modules\/.*\.js$/ }, async ({ path }) => {
        const wasm = path.replace(/\.js$/, ".wasm");
        if ((await stat(wasm).catch(() => undefined)) === undefined) return undefined;
        const text = await readFile(path, "utf8");
        if (!EMSCRIPTEN.every(([pattern]) => pattern.test(text))) return undefined;
        const contents = EMSCRIPTEN.reduce((all, [from, to]) => all.replace(from, to), text);
        const from = JSON.stringify(`./${basename(wasm)}`);
        return { contents: `import flotillaWasm from ${from};\n${contents}`, loader: "js" };
      });
    },
  };
}
