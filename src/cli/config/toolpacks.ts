/**
 * Which toolpacks are installed: those that ship with Flotilla (`toolpacks/*`), and packages whose package.json says
 * `"flotilla": { "toolpack": NAME, "entry": FILE, "catalog": FILE }` (`"join": "by-name"` keeps it out of `all`). Only packages that a project names itself, or
 * whose name says toolpack, are opened: a `node_modules` of thousands costs nothing at start.
 */
import { createHash } from "node:crypto";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, isAbsolute, sep } from "node:path";
import { fileURLToPath } from "node:url";
import {
  DEFAULT_LIMITS,
  DEFAULT_SCALE,
  isWorkerName,
  RESERVED_NAMES,
  type WorkerCatalog,
  type WorkerSpec,
} from "../../protocol/index.ts";
import { isRecord } from "./draft.ts";
import { grantsEnv, NO_GRANTS, type Grants } from "./grants.ts";
import { revisionOf } from "./worker-spec.ts";

export interface Toolpack {
  name: string;
  packageName: string;
  version: string;
  /** Absolute path of the module that serves when loaded. */
  entry: string;
  /** Changes with the package's version and its catalogue. */
  fingerprint: string;
  /** Joins only when named: it needs settings or credentials of its own. */
  byName: boolean;
  /** Absent when none was shipped: lists then wait for the first start. */
  catalog?: WorkerCatalog;
}

export interface Discovery {
  toolpacks: Toolpack[];
  /** Packages that say they are toolpacks and are not usable, and why. */
  warnings: string[];
}

export interface DiscoverOptions {
  /** Folders holding a package.json with dependencies, and perhaps `toolpacks/`. The first one wins a name. */
  roots: readonly string[];
}

const MAX_PACKAGES = 500;
const MAX_MANIFEST_BYTES = 1024 * 1024;
const MAX_CATALOG_BYTES = 8 * 1024 * 1024;

/** The folder of the Flotilla package itself, found from this file. */
export function packageRoot(): string {
  return resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
}

/** Never rejects: what cannot be read is a warning. */
export async function discoverToolpacks({ roots }: DiscoverOptions): Promise<Discovery> {
  const found = new Map<string, Toolpack>();
  const warnings: string[] = [];
  const folders = (await Promise.all(roots.map(candidates))).flat().slice(0, MAX_PACKAGES);
  // Workspaces are linked into node_modules: the real path makes the two one.
  const real = await Promise.all(folders.map((path) => realpath(path).catch(() => undefined)));
  const read = await Promise.all([...new Set(real)].map(readToolpack));
  for (const answer of read) {
    if (answer === undefined) continue;
    if ("warning" in answer) {
      warnings.push(answer.warning);
      continue;
    }
    const earlier = found.get(answer.name);
    if (earlier === undefined) found.set(answer.name, answer);
    else if (earlier.entry !== answer.entry) {
      warnings.push(
        `${answer.packageName}: ${earlier.packageName} is toolpack "${answer.name}" already`,
      );
    }
  }
  const toolpacks = [...found.values()].toSorted((a, b) => a.name.localeCompare(b.name));
  return { toolpacks, warnings };
}

/** A toolpack as the worker of its own name. Its tool names are fleet-unique, so they are listed verbatim. */
export function toolpackWorker(toolpack: Toolpack, grants: Grants = NO_GRANTS): WorkerSpec {
  const env = grantsEnv(grants);
  const run = { kind: "module", entry: toolpack.entry, env, launcher: "process" } as const;
  return {
    name: toolpack.name,
    revision: revisionOf(run, toolpack.fingerprint),
    run,
    origin: "toolpack",
    naming: "verbatim",
    scale: DEFAULT_SCALE,
    limits: DEFAULT_LIMITS,
    summary: `toolpack ${toolpack.name} ${toolpack.version}`,
    ...(toolpack.catalog === undefined ? {} : { catalog: toolpack.catalog }),
  };
}

async function candidates(root: string): Promise<string[]> {
  const modules = join(root, "node_modules");
  const [own, named, manifest] = await Promise.all([
    folderNames(join(root, "toolpacks")),
    packageNames(modules),
    readJson(join(root, "package.json"), MAX_MANIFEST_BYTES),
  ]);
  const wanted = isRecord(manifest)
    ? [manifest["dependencies"], manifest["optionalDependencies"]]
    : [];
  const dependencies = wanted.filter(isRecord).flatMap((group) => Object.keys(group));
  const names = [...dependencies, ...named].filter((name) => !name.split("/").includes(".."));
  return [
    ...own.map((name) => join(root, "toolpacks", name)),
    ...names.map((n) => join(modules, n)),
  ];
}

/** `flotilla-toolpack-*`, `@any/flotilla-toolpack-*` and `@flotilla/*`. */
async function packageNames(modules: string): Promise<string[]> {
  const names: string[] = [];
  for (const name of await folderNames(modules)) {
    if (name.startsWith("flotilla-toolpack-")) names.push(name);
    if (!name.startsWith("@")) continue;
    for (const inner of await folderNames(join(modules, name))) {
      const ours = name === "@flotilla" || inner.startsWith("flotilla-toolpack-");
      if (ours) names.push(`${name}/${inner}`);
    }
  }
  return names;
}

async function folderNames(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => !entry.isFile()).map((entry) => entry.name);
  } catch {
    return [];
  }
}

type ReadAnswer = Toolpack | { warning: string } | undefined;

async function readToolpack(real: string | undefined): Promise<ReadAnswer> {
  if (real === undefined) return undefined;
  const manifest = await readJson(join(real, "package.json"), MAX_MANIFEST_BYTES);
  if (!isRecord(manifest) || !isRecord(manifest["flotilla"])) return undefined;
  const { toolpack: name, entry, catalog, join: joins } = manifest["flotilla"];
  if (name === undefined) return undefined;
  const packageName = textOr(manifest["name"], real);
  const warn = (why: string) => ({ warning: `${packageName}: ${why}` });
  if (typeof name !== "string" || !isWorkerName(name) || RESERVED_NAMES.includes(name)) {
    return warn("flotilla.toolpack is not a usable name");
  }
  const module = inside(real, entry);
  if (module === undefined) return warn("flotilla.entry must name a file inside the package");
  if (!(await isFile(module))) return warn(`the entry ${relative(real, module)} does not exist`);
  const version = textOr(manifest["version"], "0.0.0");
  const shipped = await readCatalog(inside(real, catalog));
  const fingerprint = `${packageName}@${version}:${shipped?.digest ?? ""}`;
  const byName = joins === "by-name";
  const facts = { name, packageName, version, entry: module, fingerprint, byName };
  return shipped === undefined ? facts : { ...facts, catalog: shipped.catalog };
}

function inside(root: string, file: unknown): string | undefined {
  if (typeof file !== "string" || file === "") return undefined;
  const path = resolve(root, file);
  const way = relative(root, path);
  return way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way) ? undefined : path;
}

async function readCatalog(file: string | undefined) {
  if (file === undefined) return undefined;
  const catalog = await readJson(file, MAX_CATALOG_BYTES);
  if (!isCatalog(catalog)) return undefined;
  const digest = createHash("sha256").update(JSON.stringify(catalog)).digest("hex").slice(0, 16);
  return { catalog, digest };
}

function isCatalog(value: unknown): value is WorkerCatalog {
  if (!isRecord(value) || !isRecord(value["serverInfo"]) || !isRecord(value["capabilities"]))
    return false;
  if (typeof value["protocolVersion"] !== "string") return false;
  const lists = ["tools", "prompts", "resources", "resourceTemplates"].map((key) => value[key]);
  return lists.every((list) => Array.isArray(list) && list.every(isNamed));
}

function isNamed(entry: unknown): boolean {
  return isRecord(entry) && typeof entry["name"] === "string";
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === "string" && value !== "" ? value : fallback;
}

async function isFile(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  return facts?.isFile() === true;
}

/** undefined when there is no such file, it is too large, or it is not JSON. */
async function readJson(file: string, maxBytes: number): Promise<unknown> {
  try {
    const facts = await stat(file);
    if (!facts.isFile() || facts.size > maxBytes) return undefined;
    return JSON.parse(await readFile(file, "utf8")) as unknown;
  } catch {
    return undefined;
  }
}
