/** The declarations of packages that some code imports, from the node_modules beside or above it in the workspace. */
import { readSources } from "flotilla/worker/sources";
import type { Texts } from "../program/readable.ts";

const LIMITS = {
  maxFiles: 1_500,
  maxFileBytes: 2_000_000,
  maxTotalBytes: 12_000_000,
  contentName: "content",
  include: (path: string) => /(?:^|\/)package\.json$|\.d\.[cm]?ts$/.test(path),
  enter: (folder: string) => folder !== "node_modules" && !folder.startsWith("."),
};
const MAX_PACKAGES = 60;
const IMPORT =
  /(?:\bfrom|\bimport|\brequire\()\s*["']([^"'\n]{1,200})["']|<reference\s+types=["']([^"'\n]{1,200})["']/g;

/** What cannot be read is left out: it then counts as unresolved. */
export async function packagesOf(path: string, files: Texts): Promise<Texts> {
  const found = new Map<string, string>();
  const wanted = importsOf(files);
  const seen = new Set(wanted);
  for (let name = wanted.shift(); name !== undefined; name = wanted.shift()) {
    if (seen.size > MAX_PACKAGES * 4) break;
    const texts = await packageTexts(path, name);
    for (const [file, text] of texts) found.set(file, text);
    for (const inner of importsOf(texts)) {
      if (seen.has(inner)) continue;
      seen.add(inner);
      if (seen.size <= MAX_PACKAGES) wanted.push(inner);
    }
  }
  return [...found];
}

/** Packages by name; Node's own modules are in @types/node. */
function importsOf(files: Texts): string[] {
  const names = new Set<string>();
  for (const [, text] of files)
    for (const [, imported, referred] of text.matchAll(IMPORT)) {
      const name = packageName(imported ?? referred ?? "");
      if (name !== undefined) names.add(name);
    }
  return [...names];
}

function packageName(specifier: string): string | undefined {
  if (specifier.startsWith("node:")) return "@types/node";
  if (!/^(?:@[\w.-]+\/)?[\w-][\w.-]*(?:\/|$)/.test(specifier)) return undefined;
  const [first, second] = specifier.split("/");
  return first?.startsWith("@") === true ? `${first}/${second}` : first;
}

async function packageTexts(path: string, name: string): Promise<Texts> {
  const types = `@types/${name.replace(/^@/, "").replace("/", "__")}`;
  for (const candidate of name.startsWith("@types/") ? [name] : [name, types])
    for (const folder of foldersAbove(path)) {
      const at = `${folder}node_modules/${candidate}`;
      const texts = await readSources({ path: at }, LIMITS).catch(() => ({}));
      const files = Object.entries(texts);
      if (files.some(([file]) => file.endsWith("ts")))
        return files.map(([file, text]) => [`node_modules/${candidate}/${file}`, text] as const);
    }
  return [];
}

/** `a/b/`, `a/` and "" of `a/b`. */
function foldersAbove(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  const root = path.startsWith("/") ? "/" : "";
  return [...parts.keys(), parts.length].toReversed().map(
    (count) =>
      root +
      parts
        .slice(0, count)
        .map((part) => `${part}/`)
        .join(""),
  );
}
