/** The packages of a project, from what it has: a lock file, installed packages, a CycloneDX document, or a list. */
import { InputProblem } from "flotilla/worker/review";

export interface LicensedPackage {
  name: string;
  version: string;
  /** As written; absent when nothing says it. */
  license?: string;
  /** Where it was found, and where in the lock file. */
  file?: string;
  path?: string;
  dev: boolean;
  integrity?: string;
  dependencies?: string[];
}
export interface Inventory {
  project?: LicensedPackage;
  packages: LicensedPackage[];
  /** Licence texts by folder. */
  texts: Map<string, string>;
}

type Json = Record<string, unknown>;
const MAX_PACKAGES = 50_000;
const TEXT = /(?:^|\/)(?:licen[cs]e|copying|notice)(?:[-.][\w.-]+)?$/i;

export function isLicenceFile(path: string): boolean {
  return (
    /(?:^|\/)(?:package(?:-lock)?|npm-shrinkwrap|.*(?:bom|cdx))\.json$/i.test(path) ||
    TEXT.test(path)
  );
}

export function inventoryOf(
  files: readonly (readonly [path: string, text: string])[],
  listed: readonly { name: string; version?: string; license?: string }[],
): Inventory {
  const found: Inventory = { packages: [], texts: new Map() };
  for (const [file, text] of files) {
    if (TEXT.test(file)) found.texts.set(folderOf(file), text.slice(0, 100_000));
    else readManifest(found, file, objectOf(parsed(file, text)) ?? {});
  }
  for (const { name, version = "", license } of listed)
    found.packages.push({
      name,
      version,
      dev: false,
      ...(license === undefined ? {} : { license }),
    });
  return { ...found, packages: merged(found.packages) };
}

function readManifest(found: Inventory, file: string, json: Json): void {
  if (json["bomFormat"] === "CycloneDX") return readBom(found, file, json);
  const locked = objectOf(json["packages"]);
  if (locked !== undefined) return readLock(found, file, locked);
  if (typeof json["name"] !== "string" && typeof json["license"] !== "string") return;
  const one = manifestOf(json, file);
  if (/(?:^|\/)node_modules\//.test(file)) found.packages.push(one);
  else found.project ??= one;
}

function manifestOf(json: Json, file: string): LicensedPackage {
  const license = licenceText(json["license"] ?? json["licenses"]);
  return {
    name: textOf(json["name"]) ?? file,
    version: textOf(json["version"]) ?? "",
    file,
    dev: false,
    ...(license === undefined ? {} : { license }),
    dependencies: Object.keys(objectOf(json["dependencies"]) ?? {}),
  };
}

function readLock(found: Inventory, file: string, locked: Json): void {
  for (const [path, value] of Object.entries(locked)) {
    const entry = objectOf(value) ?? {};
    if (entry["link"] === true) continue;
    const at = path.lastIndexOf("node_modules/");
    const name = textOf(entry["name"]) ?? (at < 0 ? path : path.slice(at + 13));
    const one: LicensedPackage = {
      ...manifestOf({ ...entry, name }, file),
      path,
      dev: entry["dev"] === true,
    };
    const integrity = textOf(entry["integrity"]);
    if (integrity !== undefined) one.integrity = integrity;
    if (path === "") found.project ??= one;
    else if (at >= 0) found.packages.push(one);
    if (found.packages.length > MAX_PACKAGES)
      throw new InputProblem(`There are more than ${MAX_PACKAGES} packages.`);
  }
}

function readBom(found: Inventory, file: string, json: Json): void {
  for (const one of listOf(json["components"])) {
    const licenses = listOf(one["licenses"]).flatMap((entry) => {
      const license = objectOf(entry["license"]);
      return (
        textOf(entry["expression"]) ?? textOf(license?.["id"]) ?? textOf(license?.["name"]) ?? []
      );
    });
    const group = textOf(one["group"]);
    const name = textOf(one["name"]) ?? "";
    found.packages.push({
      name: group === undefined ? name : `${group}/${name}`,
      version: textOf(one["version"]) ?? "",
      file,
      dev: one["scope"] === "excluded",
      // Several licences beside each other: which of them may be chosen is not said, so all are taken.
      ...(licenses.length === 0 ? {} : { license: licenses.join(" AND ") }),
    });
  }
}

/** The same package from a lock file and from its folder: what one does not say the other may. */
function merged(packages: readonly LicensedPackage[]): LicensedPackage[] {
  const known = new Map<string, LicensedPackage>();
  for (const one of packages) {
    const key = `${one.name}@${one.version}`;
    const before = known.get(key);
    known.set(key, before === undefined ? one : { ...one, ...before, dev: before.dev && one.dev });
  }
  return [...known.values()].toSorted(
    (a, b) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version),
  );
}

/** npm once took objects and lists. */
function licenceText(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim() === "" ? undefined : value;
  if (Array.isArray(value)) {
    const all = value.flatMap((one) => licenceText(one) ?? []);
    return all.length === 0 ? undefined : all.length === 1 ? all[0] : `(${all.join(" OR ")})`;
  }
  return textOf(objectOf(value)?.["type"]);
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    throw new InputProblem(`This is no JSON: ${reason.slice(0, 200)}`, { location: { file } });
  }
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
function objectOf(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? { ...value }
    : undefined;
}
function listOf(value: unknown): Json[] {
  const all: unknown[] = Array.isArray(value) ? value : [];
  return all.map(objectOf).filter((one) => one !== undefined);
}
function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
