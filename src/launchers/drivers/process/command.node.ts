/**
 * Finds the program a worker names, before anything is started: a missing one is told in plain words, and nothing has
 * to go through a shell to be found.
 */
import { posix, win32 } from "node:path";
import { access, constants, stat } from "node:fs/promises";
import { denied } from "../../decisions.ts";

export interface CommandSearch {
  platform: string;
  /** The drone's own environment: a worker may bring its own PATH. */
  env: Readonly<Record<string, string>>;
  cwd: string;
  isProgram(path: string): Promise<boolean>;
}

export interface ResolvedCommand {
  file: string;
  /** Arguments that go in front of the worker's own. */
  before: string[];
}

export async function resolveCommand(
  command: string,
  search: CommandSearch,
): Promise<ResolvedCommand> {
  const windows = search.platform === "win32";
  const found = await findProgram(command, search, windows);
  if (found === undefined) throw notFound(command);
  if (!windows || !/\.(cmd|bat)$/i.test(found)) return { file: found, before: [] };
  return throughNode(found, search);
}

async function findProgram(
  command: string,
  search: CommandSearch,
  windows: boolean,
): Promise<string | undefined> {
  const path = windows ? win32 : posix;
  const hasFolder = command.includes("/") || (windows && command.includes("\\"));
  const folders = hasFolder ? [""] : pathFolders(search.env, path.delimiter);
  for (const folder of folders) {
    for (const name of spellings(command, search.env, windows)) {
      const candidate = path.resolve(search.cwd, folder, name);
      if (await search.isProgram(candidate)) return candidate;
    }
  }
  return undefined;
}

function pathFolders(env: Readonly<Record<string, string>>, delimiter: string): string[] {
  const name = Object.keys(env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  // An empty entry means the working directory to POSIX; a worker's folder is no place to look for programs by chance.
  return (env[name] ?? "").split(delimiter).filter((folder) => folder !== "");
}

function spellings(
  command: string,
  env: Readonly<Record<string, string>>,
  windows: boolean,
): string[] {
  if (!windows || win32.extname(command) !== "") return [command];
  const endings = (env["PATHEXT"] ?? ".COM;.EXE;.BAT;.CMD").split(";").filter((e) => e !== "");
  return endings.map((ending) => command + ending.toLowerCase());
}

/**
 * Windows runs .cmd files only through its shell, whose quoting cannot be trusted with a worker's arguments
 * (CVE-2024-27980). npm's own two are thin wrappers around a script, so that script runs on the `node` beside it.
 */
async function throughNode(file: string, search: CommandSearch): Promise<ResolvedCommand> {
  const folder = win32.dirname(file);
  const name = win32.basename(file).toLowerCase();
  const script = win32.join(folder, "node_modules", "npm", "bin", `${name.slice(0, -4)}-cli.js`);
  const node = win32.join(folder, "node.exe");
  const known = name === "npx.cmd" || name === "npm.cmd";
  if (known && (await search.isProgram(script)) && (await search.isProgram(node))) {
    return { file: node, before: [script] };
  }
  throw denied(`"${win32.basename(file)}" is a batch file; those cannot be started safely.`, {
    hint: "Name the program it starts: an .exe, or node with the script as first argument.",
  });
}

function notFound(command: string): Error {
  const hasFolder = /[/\\]/.test(command);
  return denied(`The program "${command}" was not found or may not be run.`, {
    hint: hasFolder
      ? "Check the path and that the file is executable."
      : `Install "${command}", or give its full path as the worker's command.`,
  });
}

/** The machine's own answer. Windows has no executable bit; there any file will do. */
export async function isProgramHere(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
