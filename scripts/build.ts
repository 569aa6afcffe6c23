/**
 * `npm run build`: writes `dist/`, the package as it is published: JavaScript for Node 24 and later, the dashboard
 * with its libraries beside it, and nothing that is only for development.
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { VENDOR } from "../dashboard/serve.node.ts";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist");
const OLDEST_NODE = ">=24";

interface Manifest {
  version: string;
  bin: Record<string, string>;
  exports: Record<string, string>;
  dependencies: Record<string, string>;
  [field: string]: unknown;
}

function compile(): void {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", join(ROOT, "scripts/build")], { stdio: "inherit" });
}

/** What the sources read at run time and the compiler does not know of. */
function copyAssets(): void {
  for (const entry of readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })) {
    if (entry.endsWith(".sh") && !entry.includes("fixtures")) copy(join("src", entry));
  }
  for (const path of ["schema", "examples/worker", "LICENSE", "README.md", "CHANGELOG.md"]) {
    copy(path);
  }
}

function copyDashboard(): void {
  copy("dashboard/public");
  for (const entry of readdirSync(join(ROOT, "dashboard/app"), {
    recursive: true,
    encoding: "utf8",
  })) {
    if (entry.endsWith(".js")) copy(join("dashboard/app", entry));
  }
  for (const [name, specifier] of Object.entries(VENDOR)) {
    const from = fileURLToPath(
      import.meta.resolve(specifier, join(ROOT, "dashboard/serve.node.ts")),
    );
    place(from, join(DIST, "dashboard/vendor", name));
  }
}

function copy(path: string): void {
  place(join(ROOT, path), join(DIST, path));
}

function place(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true });
}

/** Paths as they are called after compilation. */
const compiled = (path: string): string => path.replace(/\.ts$/, ".js");

function writeManifest(): void {
  const source: Manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const exports = Object.entries(source.exports).map(([name, path]): [string, unknown] => {
    if (!path.endsWith(".ts")) return [name, path];
    return [name, { types: path.replace(/\.ts$/, ".d.ts"), default: compiled(path) }];
  });
  const bin = Object.entries(source.bin).map(([name, path]) => [name, compiled(path)]);
  const manifest = {
    name: source["name"],
    version: source.version,
    description: source["description"],
    license: source["license"],
    type: "module",
    engines: { node: OLDEST_NODE },
    bin: Object.fromEntries(bin),
    exports: Object.fromEntries(exports),
    dependencies: source.dependencies,
    peerDependencies: source["peerDependencies"],
    peerDependenciesMeta: source["peerDependenciesMeta"],
  };
  writeFileSync(join(DIST, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const [, path] of bin) chmodSync(join(DIST, path ?? ""), 0o755);
}

rmSync(DIST, { recursive: true, force: true });
compile();
copyAssets();
copyDashboard();
writeManifest();
process.stdout.write(`built dist/, to be published with: npm publish ./dist\n`);
