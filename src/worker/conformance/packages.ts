/** Real input for tests: what others published, as installed. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of an installed package, looked for upwards from a module's URL. */
export function packageFolder(name: string, from: string): string {
  let folder = dirname(fileURLToPath(from));
  for (;;) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(candidate)) return candidate;
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`${name} is not installed.`);
    folder = parent;
  }
}

/** One text file of an installed package. */
export function packageFile(name: string, path: string, from: string): string {
  return readFileSync(join(packageFolder(name, from), path), "utf8");
}

/** An installed package's text files by relative path. */
export function packageFiles(name: string, pattern: string, from: string): Record<string, string> {
  const folder = packageFolder(name, from);
  const paths = globSync(pattern, { cwd: folder }).map((path) => path.split(sep).join("/"));
  return Object.fromEntries(
    paths.toSorted().map((path) => [path, readFileSync(join(folder, path), "utf8")]),
  );
}
