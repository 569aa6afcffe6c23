/**
 * A fresh PostgreSQL takes seconds to initialise and a quarter of one to load. So it is initialised once per machine
 * and user, and kept beside other caches; without a place to write, every cold start pays in full.
 */
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

export interface EngineParts {
  pgliteWasmModule: WebAssembly.Module;
  initdbWasmModule: WebAssembly.Module;
}

export async function loadParts(): Promise<EngineParts> {
  const dist = engineFolder();
  const [pglite, initdb] = await Promise.all(
    ["pglite.wasm", "initdb.wasm"].map(async (name) =>
      WebAssembly.compile(await readFile(join(dist, name))),
    ),
  );
  if (pglite === undefined || initdb === undefined)
    throw new Error("The engine's files are missing.");
  return { pgliteWasmModule: pglite, initdbWasmModule: initdb };
}

/** Undefined when there is none, or when it is not this user's own (a planted one would be trusted blindly). */
export async function readTemplate(): Promise<Blob | undefined> {
  try {
    const path = await templatePath();
    const facts = await stat(path);
    const user = process.getuid?.();
    if (user !== undefined && (facts.uid !== user || (facts.mode & 0o022) !== 0)) return undefined;
    return new Blob([await readFile(path)]);
  } catch {
    return undefined;
  }
}

/** Best effort: whoever cannot write starts slower next time, and that is all. */
export async function writeTemplate(data: Blob): Promise<void> {
  try {
    const path = await templatePath();
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const draft = `${path}.${process.pid}.${Date.now()}`;
    await writeFile(draft, new Uint8Array(await data.arrayBuffer()), { mode: 0o600, flag: "wx" });
    await rename(draft, path).catch(() => rm(draft, { force: true }));
  } catch {
    // No place to write.
  }
}

async function templatePath(): Promise<string> {
  const folder = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const about: { version: string } = JSON.parse(
    await readFile(join(engineFolder(), "..", "package.json"), "utf8"),
  );
  return join(folder, "flotilla", `postgres-${about.version}.tar`);
}

function engineFolder(): string {
  return dirname(createRequire(import.meta.url).resolve("@electric-sql/pglite"));
}
