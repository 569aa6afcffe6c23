/**
 * A toolpack as one Cloudflare Worker, from the sources that run everywhere else. Tools that need what workerd does not
 * have are named in the pack's manifest (`flotilla.edge.not`, each with its reason) and refused here, not at run time.
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { FlotillaError } from "../../src/protocol/index.ts";
import { compiledWasm, leaveOut, nodeModules } from "./plugins.node.ts";

/** What workerd is told to be. The same date for every bundle, so that an old bundle keeps its behaviour. */
export const EDGE_RUNTIME = {
  compatibilityDate: "2026-07-01",
  compatibilityFlags: ["nodejs_compat"],
} as const;

export interface EdgeBundle {
  /** The pack's name. */
  name: string;
  /** Tools that are in it, in the pack's order. */
  tools: string[];
  /** Those that are not, with the reason. */
  refused: Record<string, string>;
  /** Absolute paths; the entry module first, then the WebAssembly that lies beside it. */
  files: string[];
  bytes: number;
  /** What counts against the limit of a Cloudflare account. */
  gzipBytes: number;
}

export interface BundleOptions {
  /** The pack's folder. */
  pack: string;
  out: string;
  /** Default: all that can. */
  tools?: readonly string[];
}

interface Manifest {
  flotilla: { toolpack: string; catalog: string; edge?: Edge };
}
interface Edge {
  /** Tools that cannot run there, with the reason. */
  not?: Record<string, string>;
  /** Packages that only those need. */
  without?: string[];
}

/** Rejects with `not_supported` when a named tool, or every tool, cannot run there. */
export async function bundleForEdge({ pack, out, tools }: BundleOptions): Promise<EdgeBundle> {
  const manifest: Manifest = JSON.parse(readFileSync(join(pack, "package.json"), "utf8"));
  const { toolpack, catalog: catalogFile, edge = {} } = manifest.flotilla;
  const catalog: { tools: { name: string }[] } = JSON.parse(
    readFileSync(join(pack, catalogFile), "utf8"),
  );
  const refused = edge.not ?? {};
  const all = catalog.tools.map(({ name }) => name);
  const wanted = chosen(all, refused, tools);
  const main = join(resolve(out), "worker.js");
  const { metafile } = await build({
    stdin: { contents: entryOf(wanted), resolveDir: pack, sourcefile: "edge.ts", loader: "ts" },
    outfile: main,
    bundle: true,
    format: "esm",
    target: "es2024",
    // As wrangler does: what a package has for browsers asks for no files.
    platform: "browser",
    conditions: ["workerd", "worker"],
    external: ["cloudflare:*"],
    loader: { ".wasm": "copy", ".node": "empty" },
    minify: true,
    metafile: true,
    logLevel: "silent",
    plugins: [leaveOut(edge.without ?? []), nodeModules(), compiledWasm()],
  });
  const files = Object.keys(metafile.outputs).map((path) => resolve(path));
  const contents = files.map((path) => readFileSync(path));
  return {
    name: toolpack,
    tools: wanted,
    refused,
    files: [main, ...files.filter((path) => path !== main)],
    bytes: sum(contents.map((one) => one.byteLength)),
    gzipBytes: sum(contents.map((one) => gzipSync(one).byteLength)),
  };
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

function chosen(
  all: readonly string[],
  refused: Readonly<Record<string, string>>,
  tools: readonly string[] | undefined,
): string[] {
  for (const name of tools ?? []) {
    if (!all.includes(name)) throw unsupported(`There is no tool ${name}.`);
    if (refused[name] !== undefined)
      throw unsupported(`${name} cannot run at the edge: ${refused[name]}.`);
  }
  const wanted = all.filter((name) => (tools?.includes(name) ?? true) && !(name in refused));
  if (wanted.length > 0) return wanted;
  const reasons = [...new Set(Object.values(refused))].join("; ");
  throw unsupported(`None of its tools can run at the edge: ${reasons}.`);
}

function unsupported(message: string): FlotillaError {
  return new FlotillaError("not_supported", message, {
    hint: "Run it as a process or a container instead.",
  });
}

function entryOf(tools: readonly string[]): string {
  return `
import { fetchHandler } from "flotilla/worker";
import { createWorker } from "./src/worker.ts";
const kept = new Set(${JSON.stringify(tools)});
const worker = createWorker();
const offered = worker.tools.filter(({ definition }) => kept.has(definition.name));
export default { fetch: fetchHandler({ ...worker, tools: offered }) };
`;
}
