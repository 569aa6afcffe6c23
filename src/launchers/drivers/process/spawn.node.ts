/** Starts the program of a claim: found before, without a shell, behind a gate, in a process group of its own. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunSpec } from "../../../protocol/fleet.ts";
import type { FlotillaError } from "../../../protocol/errors.ts";
import { denied, noCapacity, unknownFailure } from "../../decisions.ts";
import { isProgramHere, resolveCommand } from "./command.node.ts";

export type LocalRun = Extract<RunSpec, { kind: "command" | "module" }>;

export interface Spawned {
  child: ChildProcessWithoutNullStreams;
  pid: number;
  /** Lets the program run. Before it, nothing of the worker's has been executed. */
  openGate(): void;
}

export interface SpawnOptions {
  platform: string;
  env: Record<string, string>;
  /** A POSIX shell for the gate; without one the program runs at once. */
  shell: string | undefined;
}

const GATE = fileURLToPath(new URL("gate.sh", import.meta.url));
/** What a POSIX shell accepts as a variable; it may drop all others from the environment it passes on. */
const SHELL_VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

export async function spawnRun(run: LocalRun, options: SpawnOptions): Promise<Spawned> {
  const cwd = run.kind === "command" ? (run.cwd ?? process.cwd()) : process.cwd();
  await requireFolder(cwd);
  const [file, args] = await program(run, cwd, options);
  const gated = options.shell !== undefined && Object.keys(options.env).every(isShellVariable);
  const argv = gated ? [GATE, file, ...args] : args;
  const child = await spawned(gated ? (options.shell ?? file) : file, argv, {
    cwd,
    env: options.env,
    platform: options.platform,
  });
  return {
    ...child,
    openGate() {
      if (gated) child.child.stdin.write("go\n");
    },
  };
}

function isShellVariable(name: string): boolean {
  return SHELL_VARIABLE.test(name);
}

async function program(
  run: LocalRun,
  cwd: string,
  options: SpawnOptions,
): Promise<[string, string[]]> {
  if (run.kind === "module") {
    const entry = run.entry.startsWith("file:") ? fileURLToPath(run.entry) : resolve(run.entry);
    await requireModule(entry);
    return [process.execPath, [entry]];
  }
  const { platform, env } = options;
  const found = await resolveCommand(run.command, { platform, env, cwd, isProgram: isProgramHere });
  return [found.file, [...found.before, ...run.args]];
}

async function requireModule(entry: string): Promise<void> {
  const found = await stat(entry).catch(() => undefined);
  if (found?.isFile() === true) return;
  throw denied(`The worker's module "${entry}" does not exist.`, {
    hint: "Correct the path, or install the package again.",
  });
}

/** A missing folder would be reported as a missing program. */
async function requireFolder(cwd: string): Promise<void> {
  const found = await stat(cwd).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw denied(`The working directory "${cwd}" does not exist.`, {
    hint: "Create it, or correct the worker's cwd.",
  });
}

interface ProgramOptions {
  cwd: string;
  env: Record<string, string>;
  platform: string;
}

function spawned(
  file: string,
  args: string[],
  options: ProgramOptions,
): Promise<{ child: ChildProcessWithoutNullStreams; pid: number }> {
  return new Promise((fulfil, reject) => {
    let child: ChildProcessWithoutNullStreams;
    try {
      child = spawn(file, args, {
        cwd: options.cwd,
        env: options.env,
        // A session of its own, so that one signal reaches the whole tree and Ctrl-C in our terminal reaches none of it.
        detached: options.platform !== "win32",
        windowsHide: true,
        stdio: ["pipe", "pipe", "pipe"],
      });
    } catch {
      // Node's message quotes the argument it dislikes, which may be a secret: not even a cause.
      reject(denied("The program's arguments or environment hold a character they must not hold."));
      return;
    }
    child.on("error", (error) => reject(spawnFailure(error)));
    const { pid } = child;
    if (pid !== undefined) fulfil({ child, pid });
  });
}

const FULL: ReadonlySet<string> = new Set(["EAGAIN", "ENOMEM", "EMFILE", "ENFILE"]);
const REFUSED: ReadonlySet<string> = new Set([
  "ENOENT",
  "EACCES",
  "EPERM",
  "ENOEXEC",
  "ENOTDIR",
  "E2BIG",
  "EINVAL",
]);

function spawnFailure(error: Error): FlotillaError {
  const code = "code" in error && typeof error.code === "string" ? error.code : "no code";
  if (FULL.has(code)) {
    return noCapacity(`This machine cannot start another process now (${code}).`, {
      hint: "Stop other programs, or raise the limit of processes and open files.",
    });
  }
  if (REFUSED.has(code)) {
    return denied(`The system refused to start the program (${code}).`, {
      hint: "Run the worker's command by hand to see why.",
    });
  }
  return unknownFailure(`The program could not be started (${code}).`);
}
