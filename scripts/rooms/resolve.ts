/** Says what an import's text stands for, without touching the disk beyond the package files read at the start. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, posix } from "node:path";

export type Target =
  | { kind: "platform"; name: string; runtime: "node" | "workerd" }
  | { kind: "package"; name: string }
  /** A file of this repository; `published` when it was named by a package's exports, not by its path. */
  | { kind: "file"; path: string; published: boolean };

export interface Manifest {
  name?: string;
  exports?: unknown;
  /** `#names`, each a path or a table of conditions. */
  imports?: unknown;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

export interface Packages {
  /** Package file of the root (".") and of each leaf, by folder. */
  manifests: Map<string, Manifest>;
}

export function loadPackages(root: string): Packages {
  const manifests = new Map<string, Manifest>();
  const folders = [".", "dashboard"];
  if (existsSync(join(root, "toolpacks"))) {
    folders.push(...readdirSync(join(root, "toolpacks")).map((name) => `toolpacks/${name}`));
  }
  for (const folder of folders) {
    const path = join(root, folder, "package.json");
    if (existsSync(path)) {
      const manifest: Manifest = JSON.parse(readFileSync(path, "utf8"));
      manifests.set(folder, manifest);
    }
  }
  return { manifests };
}

export function resolveImport(packages: Packages, file: string, specifier: string): Target {
  if (specifier.startsWith("cloudflare:")) {
    return { kind: "platform", name: specifier, runtime: "workerd" };
  }
  if (isBuiltin(specifier)) return { kind: "platform", name: specifier, runtime: "node" };
  if (/^\.{1,2}\//.test(specifier)) {
    const path = posix.normalize(posix.join(posix.dirname(file), specifier));
    return { kind: "file", path, published: false };
  }
  if (specifier.startsWith("#")) return ownName(packages, file, specifier);
  const name = packageName(specifier);
  for (const [folder, manifest] of packages.manifests) {
    if (manifest.name !== name) continue;
    const path = exported(manifest, `.${specifier.slice(name.length)}`);
    // A subpath that is not published cannot be loaded; naming it as a file that no room owns gets it reported.
    return {
      kind: "file",
      path: posix.join(folder, path ?? `(not exported) ${specifier}`),
      published: true,
    };
  }
  return { kind: "package", name };
}

/** A name that the package gives itself stands for what Node takes; the other conditions' files are judged by themselves. */
function ownName(packages: Packages, file: string, specifier: string): Target {
  const folder = [...packages.manifests.keys()].find(
    (one) => one !== "." && file.startsWith(`${one}/`),
  );
  const { imports } = packages.manifests.get(folder ?? ".") ?? {};
  const named = valueOf(imports, specifier);
  const target = valueOf(named, "default") ?? named;
  const path = typeof target === "string" ? target : `(no such name) ${specifier}`;
  return { kind: "file", path: posix.join(folder ?? ".", path), published: false };
}

function valueOf(table: unknown, key: string): unknown {
  if (typeof table !== "object" || table === null) return undefined;
  return Object.entries(table).find(([name]) => name === key)?.[1];
}

function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function exported(manifest: Manifest, subpath: string): string | undefined {
  const map = manifest.exports;
  if (typeof map !== "object" || map === null) return undefined;
  const target = Object.entries(map).find(([key]) => key === subpath)?.[1] as unknown;
  return typeof target === "string" ? target : undefined;
}
