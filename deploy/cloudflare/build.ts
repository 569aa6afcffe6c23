/**
 * `npm run build:edge -- PACK [TOOL…] [--out FOLDER]`: a toolpack as a Cloudflare Worker. Prints what is in it and what
 * is refused, with the reason; a tool that is asked for and cannot run there ends the build.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { isFlotillaError } from "../../src/protocol/index.ts";
import { EDGE_RUNTIME, bundleForEdge } from "./bundle.node.ts";
import type { EdgeBundle } from "./bundle.node.ts";

const ROOT = join(import.meta.dirname, "../..");
const USAGE = "Usage: npm run build:edge -- PACK [TOOL…] [--out FOLDER]\n";

/** For wrangler, which uploads the files as they are. */
function wranglerFile({ name, files }: EdgeBundle): string {
  return `${JSON.stringify(
    {
      name: `flotilla-${name}`,
      main: "./worker.js",
      compatibility_date: EDGE_RUNTIME.compatibilityDate,
      compatibility_flags: EDGE_RUNTIME.compatibilityFlags,
      no_bundle: true,
      rules: [{ type: "CompiledWasm", globs: files.slice(1).map((path) => basename(path)) }],
    },
    null,
    2,
  )}\n`;
}

function told(bundle: EdgeBundle, out: string): string {
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  return [
    `${bundle.name}: ${megabytes(bundle.bytes)}, ${megabytes(bundle.gzipBytes)} compressed, in ${relative(process.cwd(), out)}`,
    ...bundle.tools.map((name) => `  in       ${name}`),
    ...Object.entries(bundle.refused).map(([name, reason]) => `  refused  ${name}: ${reason}`),
    "",
  ].join("\n");
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { out: { type: "string" } },
  });
  const [name, ...tools] = positionals;
  const pack = join(ROOT, "toolpacks", name ?? "");
  if (name === undefined || !existsSync(join(pack, "package.json"))) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  const out = values.out ?? join(ROOT, "dist/edge", name);
  await mkdir(out, { recursive: true });
  const bundle = await bundleForEdge({ pack, out, ...(tools.length > 0 && { tools }) });
  await writeFile(join(out, "wrangler.json"), wranglerFile(bundle));
  process.stdout.write(told(bundle, out));
}

try {
  await main();
} catch (error) {
  if (!isFlotillaError(error)) throw error;
  process.stderr.write(`${error.message}${error.hint === undefined ? "" : ` ${error.hint}`}\n`);
  process.exitCode = 1;
}
