/** A folder of this machine. Nothing outside it is read or written, whatever links lie in it. */
import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { FlotillaError } from "flotilla/protocol";
import type { ObjectInfo, ObjectStore } from "./contract.ts";

const MAX_FILES = 100_000;
/** Names of files being written; a crash may leave one. */
const TEMPORARY = /^\.flotilla-[0-9a-f-]{36}$/;
const TYPES: Readonly<Record<string, string>> = {
  md: "text/markdown",
  txt: "text/plain",
  json: "application/json",
  csv: "text/csv",
  html: "text/html",
  png: "image/png",
  jpg: "image/jpeg",
};

export function openDisk(folder: string): ObjectStore {
  const root = async (): Promise<string> => {
    await mkdir(folder, { recursive: true });
    return realpath(folder);
  };
  /** The file, if its folder is really inside; a link to elsewhere is not. */
  const inside = async (key: string): Promise<string | undefined> => {
    const base = await root();
    const file = join(base, ...key.split("/"));
    const real = await realpath(file).catch(() => undefined);
    if (real === undefined) return undefined;
    if (!isBelow(base, real)) throw outside();
    return real;
  };
  return {
    name: `file:${folder}`,
    async list({ prefix, limit, cursor = "" }) {
      const files = await walk(await root());
      const wanted = files.filter((key) => key.startsWith(prefix) && key > cursor).toSorted();
      const keys = wanted.slice(0, limit);
      const found = await Promise.all(keys.map((key) => infoOf(folder, key)));
      const objects = found.filter((one) => one !== undefined);
      const last = keys.at(-1);
      return { objects, ...(wanted.length > limit && last !== undefined ? { next: last } : {}) };
    },
    async get(key, { maxBytes }) {
      const file = await inside(key);
      if (file === undefined || !(await stat(file)).isFile()) return undefined;
      await using handle = await open(file);
      const { size } = await handle.stat();
      const bytes = new Uint8Array(Math.min(size, maxBytes));
      const { bytesRead } = await handle.read(bytes, 0, bytes.byteLength, 0);
      const type = TYPES[key.split(".").at(-1)?.toLowerCase() ?? ""] ?? "application/octet-stream";
      return { bytes: bytes.slice(0, bytesRead), contentType: type, isCut: size > maxBytes };
    },
    async put(key, { bytes }) {
      const base = await root();
      const file = join(base, ...key.split("/"));
      await makeInside(base, dirname(file));
      // Whole or not at all: a reader never sees a half-written file.
      const temporary = join(dirname(file), `.flotilla-${randomUUID()}`);
      try {
        await writeFile(temporary, bytes, { flag: "wx" });
        await rename(temporary, file);
      } catch (error) {
        await rm(temporary, { force: true });
        throw plain(error);
      }
    },
    async delete(key) {
      const file = await inside(dirname(key) === "." ? "" : dirname(key));
      if (file === undefined) return;
      await rm(join(file, basename(key)), { force: true }).catch((error: unknown) => {
        throw plain(error);
      });
    },
    sign: noAddress,
  };
}

/** Makes the missing folders one by one, so that a link on the way is met before anything is made behind it. */
async function makeInside(base: string, folder: string): Promise<void> {
  let at = base;
  for (const part of folder
    .slice(base.length)
    .split(sep)
    .filter((one) => one !== "")) {
    at = join(at, part);
    await mkdir(at).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw plain(error);
    });
    if (!isBelow(base, await realpath(at))) throw outside();
  }
}

async function walk(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !TEMPORARY.test(entry.name));
  if (files.length > MAX_FILES) {
    throw new FlotillaError("not_supported", `The folder holds more than ${MAX_FILES} files.`);
  }
  return files.map(({ parentPath, name }) =>
    join(parentPath, name)
      .slice(root.length + 1)
      .replaceAll(sep, "/"),
  );
}

async function infoOf(folder: string, key: string): Promise<ObjectInfo | undefined> {
  const facts = await stat(join(folder, key)).catch(() => undefined);
  return facts === undefined
    ? undefined
    : { key, size: facts.size, modified: facts.mtime.toISOString() };
}

function noAddress(): Promise<never> {
  const hint = "Read with storage_get, or use a bucket.";
  const error = new FlotillaError("not_supported", "A local folder has no addresses to sign.", {
    hint,
  });
  return Promise.reject(error);
}

function isBelow(base: string, path: string): boolean {
  return path === base || path.startsWith(base + sep);
}

function outside(): FlotillaError {
  return new FlotillaError("forbidden", "The key leads out of the folder.");
}

/** Without the path: it is the machine's, not the caller's. */
function plain(error: unknown): FlotillaError {
  return new FlotillaError(
    "worker_unavailable",
    `The folder cannot be written to (${codeOf(error)}).`,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
