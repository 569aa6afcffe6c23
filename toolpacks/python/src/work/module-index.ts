/** Which file a module's name means, seen from another file. */
import type { Import } from "./imports.ts";

export interface ModuleIndex {
  /** Dotted name of a file. */
  nameOf(file: string): string;
  /** The files that an import runs: the module, or the submodule that is named after `import`. */
  resolve(from: string, one: Import): string[];
  /** True when a folder of the files has this name at the top: what fails to resolve is a mistake, not a package. */
  isOwn(module: string): boolean;
}

const INIT = /(?:^|\/)__init__\.pyi?$/;

export function moduleIndex(files: readonly string[]): ModuleIndex {
  const known = new Set(files);
  const folders = new Set(files.flatMap((file) => foldersOf(file)));
  const packages = new Set(files.filter((file) => INIT.test(file)).map(folderOf));
  const roots = rootsOf(files, packages);
  const find = (root: string, parts: readonly string[]): string | undefined => {
    const path = [root, ...parts].filter((part) => part !== "").join("/");
    const ends = [`${path}.py`, `${path}/__init__.py`, `${path}.pyi`, `${path}/__init__.pyi`];
    return ends.find((end) => known.has(end));
  };
  /** With the module's own name, then the names taken from it that are modules themselves. */
  const within = (root: string, module: readonly string[], name?: string): string[] => {
    const own = find(root, module);
    const sub = name === undefined || name === "*" ? undefined : find(root, [...module, name]);
    if (sub !== undefined) return [sub];
    return own === undefined ? [] : [own];
  };
  return {
    nameOf: (file) => nameFrom(rootOf(file, packages), file),
    resolve(from, { module, level, name }) {
      const parts = module === "" ? [] : module.split(".");
      if (level > 0) {
        const base = folderOf(from)
          .split("/")
          .filter((part) => part !== "");
        if (level - 1 > base.length) return [];
        const root = base.slice(0, base.length - level + 1).join("/");
        const found = within(root, parts, name);
        // `from . import folder`: a package without __init__.py runs nothing, and needs nothing of the one around.
        const isFolder = parts.length === 0 && folders.has(`${root}/${name ?? ""}`);
        return isFolder && found.every((file) => INIT.test(file)) ? [] : found;
      }
      // A script sees its own folder first; a package's module does not.
      const places = packages.has(folderOf(from)) ? roots : [folderOf(from), ...roots];
      for (const root of places) {
        const found = within(root, parts, name);
        if (found.length > 0) return found;
      }
      return [];
    },
    isOwn(module) {
      const [top = ""] = module.split(".");
      return roots.some((root) => folders.has(root === "" ? top : `${root}/${top}`));
    },
  };
}

function folderOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : "";
}

/** All folders that a file lies in. */
function foldersOf(file: string): string[] {
  const parts = file.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** The folder that the topmost package around a file lies in. */
function rootOf(file: string, packages: ReadonlySet<string>): string {
  let folder = folderOf(file);
  if (!packages.has(folder)) return folder.startsWith("src/") || folder === "src" ? "src" : "";
  while (folder !== "" && packages.has(folder)) folder = folderOf(folder);
  return folder;
}

const MAX_ROOTS = 50;

/** Where absolute imports start: the top, src, and every folder that holds a package. */
function rootsOf(files: readonly string[], packages: ReadonlySet<string>): string[] {
  const found = new Set(["", "src", "lib", "python"]);
  for (const file of files) if (found.size < MAX_ROOTS) found.add(rootOf(file, packages));
  return [...found];
}

function nameFrom(root: string, file: string): string {
  const inside = root === "" ? file : file.slice(root.length + 1);
  return inside.replace(/(?:\/__init__)?\.pyi?$/, "").replaceAll("/", ".");
}
