/** What `flotilla dev` is pointed at: a folder with a worker in it, or its file. */
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { FlotillaError, isRecord, isWorkerName } from "../../protocol/index.ts";

export interface Project {
  name: string;
  folder: string;
  run: { command: string; args: string[]; cwd: string };
}

/** First that is there. */
const ENTRIES = ["src/main.ts", "src/main.js", "main.ts", "main.js", "main.mjs", "server.mjs"];
const SCRIPTS = new Set([".ts", ".mts", ".js", ".mjs"]);

export async function readProject(asked: {
  cwd: string;
  path: string | undefined;
  command: string[];
}): Promise<Project> {
  const target = resolve(asked.cwd, asked.path ?? ".");
  const kind = await stat(target).catch(() => undefined);
  if (kind === undefined) {
    throw new FlotillaError("not_found", `${target} is not there.`, {
      hint: "Give the folder of a worker: flotilla new worker NAME writes one.",
    });
  }
  const folder = kind.isDirectory() ? target : dirname(target);
  const name = await nameOf(folder);
  const [command, ...args] = asked.command;
  if (command !== undefined) return { name, folder, run: { command, args, cwd: folder } };
  const entry = kind.isDirectory() ? await findEntry(folder) : target;
  if (!SCRIPTS.has(extname(entry))) {
    throw new FlotillaError("bad_request", `${basename(entry)} is nothing that Node runs.`, {
      hint: "Say what starts it: flotilla dev . -- uv run server.py",
    });
  }
  return { name, folder, run: { command: process.execPath, args: [entry], cwd: folder } };
}

async function findEntry(folder: string): Promise<string> {
  for (const entry of ENTRIES) {
    const path = join(folder, entry);
    if (await stat(path).catch(() => undefined)) return path;
  }
  throw new FlotillaError("not_found", `${folder} has none of ${ENTRIES.join(", ")}.`, {
    hint: "Give the file, or say what starts it: flotilla dev . -- uv run server.py",
  });
}

/** The package's name if it can be a worker's, else the folder's, made fit. */
async function nameOf(folder: string): Promise<string> {
  const text = await readFile(join(folder, "package.json"), "utf8").catch(() => "{}");
  const manifest: unknown = JSON.parse(text);
  const own = isRecord(manifest) ? manifest["name"] : undefined;
  if (typeof own === "string" && isWorkerName(own)) return own;
  const fit = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return isWorkerName(fit) ? fit : "worker";
}
