/** The folders a drone may read: those named in FLOTILLA_WORKSPACE, and nothing outside them, links included. */
import { open, readdir, realpath, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join, relative, resolve, sep } from "node:path";
import { InputProblem } from "../review/input-problem.ts";
import type { SourceLimits } from "./contract.ts";

const MAX_FOLDERS = 20_000;
/** Not read into unless a tool says so: what others wrote, and what tools made. */
const SKIPPED = new Set(["node_modules", ".git", ".hg", ".svn", ".venv", "__pycache__", "dist"]);

/**
 * The real path of something in the workspace. Rejects with `InputProblem` when there is no workspace, nothing at that
 * path, or the path (or what it links to) lies outside: a caller cannot tell what exists out there.
 */
export async function inWorkspace(path: string): Promise<string> {
  const roots = await workspaceRoots();
  if (roots.length === 0) {
    throw new InputProblem("Reading by path is not allowed here.", {
      hint: "Pass the text itself, or start Flotilla with --workspace FOLDER.",
    });
  }
  if (path.includes("\0")) throw missing(path);
  for (const root of roots) {
    const wanted = isAbsolute(path) ? path : resolve(root, path);
    const real = await realpath(wanted).catch(() => undefined);
    if (real !== undefined && isInside(root, real)) return real;
  }
  throw missing(path);
}

async function workspaceRoots(): Promise<string[]> {
  const named = (process.env["FLOTILLA_WORKSPACE"] ?? "").split(delimiter).filter(Boolean);
  const real = await Promise.all(named.map((root) => realpath(root).catch(() => undefined)));
  return real.filter((root) => root !== undefined);
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === "" || (!isAbsolute(way) && way !== ".." && !way.startsWith(`..${sep}`));
}

function missing(path: string): InputProblem {
  return new InputProblem(`There is no "${path.slice(0, 200)}" in the workspace.`, {
    hint: "Give a path relative to the workspace folder.",
  });
}

/** One file whole, or a folder's fitting files by relative path. Rejects with `InputProblem` beyond a limit. */
export async function readWorkspace(
  path: string,
  limits: SourceLimits,
): Promise<Record<string, string>> {
  const real = await inWorkspace(path);
  const about = await stat(real);
  if (about.isFile()) {
    const bytes = await readBounded(real, limits.maxFileBytes);
    return { [nameOf(path)]: new TextDecoder().decode(bytes) };
  }
  if (!about.isDirectory()) throw new InputProblem(`"${path}" is neither a file nor a folder.`);
  const found: Record<string, string> = Object.create(null);
  let total = 0;
  let count = 0;
  for await (const file of filesOf(real, limits.enter ?? ((folder) => !SKIPPED.has(folder)))) {
    const name = relative(real, file).split(sep).join("/");
    if (!(limits.include?.(name) ?? true)) continue;
    const bytes = await readBounded(file, limits.maxFileBytes).catch(() => undefined);
    // A file too large for the tool is left out of a folder; asked for by name it is an error.
    if (bytes === undefined) continue;
    count += 1;
    total += bytes.byteLength;
    if (count > limits.maxFiles || total > limits.maxTotalBytes) throw tooMuch(path, limits);
    found[name] = new TextDecoder().decode(bytes);
  }
  return found;
}

/** Regular files below a folder, in order; links are not followed. */
async function* filesOf(root: string, enter: (folder: string) => boolean): AsyncGenerator<string> {
  const folders = [root];
  let seen = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    seen += 1;
    if (seen > MAX_FOLDERS) throw new InputProblem("The folder has too many folders.");
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries.toSorted((a, b) => a.name.localeCompare(b.name))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && enter(entry.name)) folders.push(path);
      else if (entry.isFile()) yield path;
    }
  }
}

/** A file of the workspace as bytes, at most so many. */
export async function readBytes(path: string, maxBytes: number): Promise<Uint8Array> {
  return readBounded(await inWorkspace(path), maxBytes);
}

async function readBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size > maxBytes) {
      throw new InputProblem(`The file has ${size} bytes; at most ${maxBytes} are read.`);
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function nameOf(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}

function tooMuch(path: string, { maxFiles, maxTotalBytes }: SourceLimits): InputProblem {
  return new InputProblem(
    `"${path}" holds more than ${maxFiles} fitting files or ${maxTotalBytes} bytes.`,
    { hint: "Name a smaller folder." },
  );
}
