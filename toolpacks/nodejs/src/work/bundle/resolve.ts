/** Finds modules among texts, as bundlers find them on disk: endings, index files, packages with exports or main. */
import { exports as packageExports, imports as packageImports, legacy } from "resolve.exports";
import { fieldsOf, own, textOf } from "../json.ts";
import type { Fields } from "../json.ts";

export type Files = Readonly<Record<string, string>>;

const ENDINGS = ["", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".json", ".css"];

export interface Resolver {
  /** The name of the file, or undefined when it is not among them. */
  resolve(specifier: string, from: string, kind: Kind): string | undefined;
  /** Whether the module's package says that it has side effects; undefined when it says nothing. */
  sideEffects(file: string): boolean | undefined;
}

export interface ResolverOptions {
  browser: boolean;
  conditions: readonly string[];
}
type Kind = "import" | "require";

export function createResolver(files: Files, options: ResolverOptions): Resolver {
  const manifestOf = manifestReader(files);
  const packages = packageFinder(files, options, manifestOf);
  return {
    resolve(specifier, from, kind) {
      const folder = folderOf(from);
      if (/^\.{0,2}\//.test(specifier) || specifier === "." || specifier === "..") {
        const path = specifier.startsWith("/") ? specifier.slice(1) : joined(folder, specifier);
        return fileAt(files, path) ?? packages.inFolder(path);
      }
      if (specifier.startsWith("#"))
        return ownImport(specifier, folder, { files, manifestOf, kind, ...options });
      return packages.find(specifier, folder, kind);
    },
    sideEffects(path) {
      const folder = packageFolder(path);
      const said = folder === undefined ? undefined : own(manifestOf(folder), "sideEffects");
      return typeof said === "boolean" ? said : Array.isArray(said) ? said.length > 0 : undefined;
    },
  };
}

function manifestReader(files: Files): (folder: string) => Fields {
  const manifests = new Map<string, Fields>();
  return (folder) => {
    const known = manifests.get(folder);
    if (known !== undefined) return known;
    const read = readManifest(files[joined(folder, "package.json")]);
    manifests.set(folder, read);
    return read;
  };
}

interface Packages {
  find(specifier: string, folder: string, kind: Kind): string | undefined;
  inFolder(folder: string): string | undefined;
}

function packageFinder(
  files: Files,
  { browser, conditions }: ResolverOptions,
  manifestOf: (folder: string) => Fields,
): Packages {
  const file = (path: string): string | undefined => fileAt(files, path);
  const inFolder = (folder: string): string | undefined => {
    const main = legacyMain(manifestOf(folder), browser);
    return (
      (main === undefined ? undefined : file(joined(folder, main))) ?? file(joined(folder, "index"))
    );
  };
  const inPackage = (folder: string, subpath: string, kind: Kind): string | undefined => {
    const manifest = manifestOf(folder);
    if (own(manifest, "exports") === undefined) {
      if (subpath === ".") return inFolder(folder);
      return file(joined(folder, subpath)) ?? inFolder(joined(folder, subpath));
    }
    const options = { browser, require: kind === "require", conditions: [...conditions] };
    const found = attempt(() => packageExports(manifest, subpath, options)) ?? [];
    return found
      .map((one) => fileExactly(files, joined(folder, one)))
      .find((one) => one !== undefined);
  };
  return {
    inFolder,
    find(specifier, folder, kind) {
      const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
      const subpath = `.${specifier.slice(name.length)}`;
      for (const parent of parentsOf(folder)) {
        const place = joined(parent, `node_modules/${name}`);
        if (Object.hasOwn(files, joined(place, "package.json")))
          return inPackage(place, subpath, kind);
        const bare = file(subpath === "." ? joined(place, "index") : joined(place, subpath));
        if (bare !== undefined) return bare;
      }
      return undefined;
    },
  };
}

interface Own {
  files: Files;
  manifestOf: (folder: string) => Fields;
  browser: boolean;
  kind: Kind;
  conditions: readonly string[];
}

function ownImport(
  specifier: string,
  folder: string,
  { files, manifestOf, browser, kind, conditions }: Own,
): string | undefined {
  const home = parentsOf(folder).find((one) => Object.hasOwn(files, joined(one, "package.json")));
  if (home === undefined) return undefined;
  const options = { browser, require: kind === "require", conditions: [...conditions] };
  const found = attempt(() => packageImports(manifestOf(home), specifier, options));
  return (found ?? [])
    .map((one) => fileExactly(files, joined(home, one)))
    .find((one) => one !== undefined);
}

function attempt(find: () => string[] | void): string[] | undefined {
  try {
    return find() ?? undefined;
  } catch {
    // Not exported, or no condition fits: there is no such module.
    return undefined;
  }
}

function legacyMain(manifest: Fields, browser: boolean): string | undefined {
  const fields = browser ? ["browser", "module", "main"] : ["module", "main"];
  return textOf(
    legacy(manifest, { fields: fields.filter((one) => typeof own(manifest, one) === "string") }),
  );
}

function readManifest(text: string | undefined): Fields {
  try {
    return fieldsOf(JSON.parse(text ?? "{}"));
  } catch {
    return {};
  }
}

const fileExactly = (files: Files, path: string): string | undefined =>
  Object.hasOwn(files, path) ? path : undefined;

function fileAt(files: Files, path: string): string | undefined {
  const direct = ENDINGS.map((ending) => `${path}${ending}`).find((one) =>
    Object.hasOwn(files, one),
  );
  if (direct !== undefined) return direct;
  // TypeScript names the file that will be: ./a.js for a.ts.
  const source = /\.[mc]?jsx?$/.test(path)
    ? path.replace(/\.([mc]?)js(x?)$/, ".$1ts$2")
    : undefined;
  if (source !== undefined && Object.hasOwn(files, source)) return source;
  return ENDINGS.slice(1)
    .map((ending) => `${path}/index${ending}`)
    .find((one) => Object.hasOwn(files, one));
}

export function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

/** The folder itself and all above it, up to the top (""). */
function parentsOf(folder: string): string[] {
  const parts = folder === "" ? [] : folder.split("/");
  return Array.from({ length: parts.length + 1 }, (_, index) =>
    parts.slice(0, parts.length - index).join("/"),
  );
}

export function joined(folder: string, way: string): string {
  const parts = folder === "" ? [] : folder.split("/");
  for (const step of way.split("/")) {
    if (step === "..") parts.pop();
    else if (step !== "." && step !== "") parts.push(step);
  }
  return parts.join("/");
}

/** `node_modules/@a/b` of a file below it. */
export function packageFolder(path: string): string | undefined {
  const at = path.lastIndexOf("node_modules/");
  if (at === -1) return undefined;
  const rest = path.slice(at + "node_modules/".length).split("/");
  return (
    path.slice(0, at) +
    ["node_modules", ...rest.slice(0, rest[0]?.startsWith("@") === true ? 2 : 1)].join("/")
  );
}

/** The package a file is of; the code base's own files have none. */
export function packageName(path: string): string | undefined {
  return packageFolder(path)?.split("node_modules/").at(-1);
}
