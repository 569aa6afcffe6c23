/**
 * `npm run bench:install`: what `npm install flotilla` puts on a disk, without toolpacks. Installs the package that
 * `npm run build` made into an empty folder and weighs it. The goal is printed beside, and asserted: growth is a choice.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const GOAL_MB = 40;
const DIST = join(import.meta.dirname, "../../dist");
const MB = 1024 * 1024;

/** As npm is called on this system; on Windows it is a script that needs the shell. */
function npm(args: string[], cwd: string): string {
  const shell = process.platform === "win32";
  return execFileSync("npm", args, { cwd, encoding: "utf8", shell });
}

function bytesOf(path: string): number {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function packagesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@")
        ? readdirSync(join(folder, name)).map((leaf) => `${name}/${leaf}`)
        : [name],
    );
}

const folder = mkdtempSync(join(tmpdir(), "flotilla-install-"));
try {
  writeFileSync(join(folder, "package.json"), `{ "private": true }\n`);
  const [tarball] = npm(["pack", DIST, "--silent"], folder).trim().split("\n").slice(-1);
  npm(["install", "--silent", "--no-audit", "--no-fund", "--omit=dev", `./${tarball}`], folder);
  const modules = join(folder, "node_modules");
  const sizes = packagesIn(modules)
    .map((name): [string, number] => [name, bytesOf(join(modules, name)) / MB])
    .toSorted(([, a], [, b]) => b - a);
  for (const [name, size] of sizes)
    process.stdout.write(`${size.toFixed(2).padStart(8)} MB  ${name}\n`);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  process.stdout.write(`${total.toFixed(2).padStart(8)} MB  in all (goal: at most ${GOAL_MB})\n`);
  const version = execFileSync(join(modules, ".bin/flotilla"), ["--version"], {
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  process.stdout.write(`flotilla --version says ${version.trim()}\n`);
  if (total > GOAL_MB) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
