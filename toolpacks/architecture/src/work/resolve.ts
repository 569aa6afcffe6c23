/**
 * Resolves specifiers among the given files only. Resolver libraries read a disk; here the files are a map, and whatever
 * is not in it does not exist.
 */
import { posix } from "node:path";
import { parse } from "jsonc-parser";

export type Resolved =
  | { kind: "module"; path: string }
  | { kind: "external"; name: string }
  | { kind: "missing" };
export type Resolver = (from: string, specifier: string) => Resolved;

const ENDINGS = [
  ".ts",
  ".tsx",
  ".mts",
  ".cts",
  ".d.ts",
  ".js",
  ".jsx",
  ".mjs",
  ".cjs",
  ".json",
  ".vue",
  ".svelte",
];
/** TypeScript writes the ending that will be, not the one that is. */
const WRITTEN: Record<string, string[]> = {
  ".js": [".ts", ".tsx", ".d.ts"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};
const ASSET =
  /\.(css|scss|sass|less|svg|png|jpe?g|gif|webp|avif|woff2?|ttf|html|md|txt|wasm|node|graphql|gql|sql)(\?.*)?$/;

interface Alias {
  scope: string;
  before: string;
  after: string;
  targets: string[];
}
interface Package {
  name: string;
  folder: string;
  fields: Record<string, unknown>;
}

export function createResolver(files: Readonly<Record<string, string>>): Resolver {
  const has = (path: string): boolean => Object.hasOwn(files, path);
  const aliases = aliasesOf(files);
  const packages = packagesOf(files);
  const find = (base: string): string | undefined => {
    const path = posix.normalize(base);
    if (has(path)) return path;
    const ending = posix.extname(path);
    const stem = path.slice(0, path.length - ending.length);
    const asWritten = (WRITTEN[ending] ?? []).map((one) => stem + one);
    const folder = path === "." || path === "" ? "" : `${path}/`;
    return [
      ...asWritten,
      ...ENDINGS.map((one) => path + one),
      ...ENDINGS.map((one) => `${folder}index${one}`),
    ].find(has);
  };
  return (from, specifier) => {
    const plain = specifier.replace(/[?#].*$/, (tail) => (specifier.startsWith("#") ? tail : ""));
    if (/^\.{1,2}(\/|$)/.test(plain)) {
      const path = find(posix.join(posix.dirname(from), plain));
      if (path !== undefined) return { kind: "module", path };
      return ASSET.test(plain) ? { kind: "external", name: "assets" } : { kind: "missing" };
    }
    const aliased =
      byAlias(aliases, { from, specifier: plain }, find) ??
      byPackage(packages, { from, specifier: plain }, find);
    if (aliased !== undefined) return { kind: "module", path: aliased };
    return { kind: "external", name: packageName(plain) };
  };
}

export function packageName(specifier: string): string {
  if (specifier.startsWith("node:")) return specifier;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

type Find = (base: string) => string | undefined;
interface Asked {
  from: string;
  specifier: string;
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value));
}

/** `paths` of every tsconfig.json, for the files below it. */
function aliasesOf(files: Readonly<Record<string, string>>): Alias[] {
  return Object.keys(files)
    .filter((path) => /(^|\/)[jt]sconfig(\.[\w-]+)?\.json$/.test(path))
    .flatMap((path) => {
      const options = record(record(parse(files[path] ?? "") as unknown)["compilerOptions"]);
      const scope = posix.dirname(path) === "." ? "" : `${posix.dirname(path)}/`;
      const base = posix.join(
        scope,
        typeof options["baseUrl"] === "string" ? options["baseUrl"] : ".",
      );
      return Object.entries(record(options["paths"])).map(([pattern, targets]) => {
        const [before = "", after = ""] = pattern.split("*");
        const list = Array.isArray(targets)
          ? (targets as unknown[]).filter((one) => typeof one === "string")
          : [];
        return {
          scope,
          before,
          after: pattern.includes("*") ? after : "\0",
          targets: list.map((one) => posix.join(base, one)),
        };
      });
    })
    .toSorted((a, b) => b.scope.length - a.scope.length || b.before.length - a.before.length);
}

function byAlias(
  aliases: readonly Alias[],
  { from, specifier }: Asked,
  find: Find,
): string | undefined {
  for (const { scope, before, after, targets } of aliases) {
    if (!from.startsWith(scope)) continue;
    const exact = after === "\0";
    if (exact ? specifier !== before : !specifier.startsWith(before) || !specifier.endsWith(after))
      continue;
    const middle = exact ? "" : specifier.slice(before.length, specifier.length - after.length);
    for (const target of targets) {
      const path = find(target.replace("*", () => middle));
      if (path !== undefined) return path;
    }
  }
  return undefined;
}

function packagesOf(files: Readonly<Record<string, string>>): Package[] {
  return Object.keys(files)
    .filter((path) => /(^|\/)package\.json$/.test(path) && !path.includes("node_modules/"))
    .map((path) => {
      const fields = record(parse(files[path] ?? "") as unknown);
      const folder = posix.dirname(path);
      return {
        name: typeof fields["name"] === "string" ? fields["name"] : "",
        folder: folder === "." ? "" : folder,
        fields,
      };
    })
    .toSorted((a, b) => b.folder.length - a.folder.length);
}

/** Packages of the same code base by name, and a package's own `#imports`. */
function byPackage(
  packages: readonly Package[],
  { from, specifier }: Asked,
  find: Find,
): string | undefined {
  const own = packages.find(({ folder }) => folder === "" || from.startsWith(`${folder}/`));
  if (specifier.startsWith("#"))
    return own === undefined
      ? undefined
      : mapped(own, record(own.fields["imports"]), { specifier, find });
  const name = packageName(specifier);
  const target = packages.find((one) => one.name === name && name !== "");
  if (target === undefined) return undefined;
  const rest = `.${specifier.slice(name.length)}`;
  const { exports: map, main } = target.fields;
  const table = typeof map === "string" ? { ".": map } : record(map);
  const isTable = Object.keys(table).some((key) => key.startsWith("."));
  const found = mapped(target, isTable ? table : { ".": table }, { specifier: rest, find });
  if (found !== undefined) return found;
  const inner = rest === "." ? (typeof main === "string" ? main : "index") : rest;
  return (
    find(posix.join(target.folder, inner)) ??
    find(posix.join(target.folder, rest === "." ? "src/index" : `src/${rest}`))
  );
}

function mapped(
  at: Package,
  table: Record<string, unknown>,
  { specifier, find }: { specifier: string; find: Find },
): string | undefined {
  for (const [pattern, target] of Object.entries(table)) {
    const [before = "", after] = pattern.split("*");
    const fits =
      after === undefined
        ? specifier === pattern
        : specifier.startsWith(before) && specifier.endsWith(after);
    if (!fits) continue;
    const middle =
      after === undefined ? "" : specifier.slice(before.length, specifier.length - after.length);
    for (const one of targetsOf(target)) {
      const path = find(
        posix.join(
          at.folder,
          one.replace("*", () => middle),
        ),
      );
      if (path !== undefined) return path;
    }
  }
  return undefined;
}

function targetsOf(target: unknown, depth = 0): string[] {
  if (typeof target === "string") return [target];
  if (depth > 5 || typeof target !== "object" || target === null) return [];
  return Object.values(target).flatMap((one: unknown) => targetsOf(one, depth + 1));
}
