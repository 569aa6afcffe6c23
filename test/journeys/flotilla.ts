/** Starts a real `flotilla up` for a journey, on a free port with a state folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FleetStatus, WorkerStatus } from "../../src/protocol/api.ts";
import { waitFor } from "./wait.ts";

const ROOT = join(import.meta.dirname, "../..");
const MAIN = join(ROOT, "src/cli/main.ts");
const READY = /Flotilla is ready at (http:\/\/127\.0\.0\.1:\d+)/;
/** Far above the half second that a start takes, for machines under load. */
const START_MS = 60_000;
/** Enough to read why a start failed; a chatty journey must not fill the memory. */
const MAX_LOG_CHARS = 1_000_000;

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Flotilla extends AsyncDisposable {
  url: string;
  pid: number;
  stateDir: string;
  /** Everything it printed so far. */
  log(): string;
  exited: Promise<Exit>;
  fleet(): Promise<FleetStatus>;
  worker(name: string): Promise<WorkerStatus>;
  /** Asks it to end, or ends it, and waits until it has. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<Exit>;
}

export interface StartOptions {
  /** Written to a flotilla.yaml (JSON is YAML), unless it is text already. */
  config?: object | string;
  /** An existing folder is used and left in place. */
  stateDir?: string;
  args?: string[];
  /** Beside this process's own variables. */
  env?: Record<string, string>;
}

export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), "flotilla-journey-"));
}

interface Started {
  child: ChildProcess;
  log: () => string;
  exited: Promise<Exit>;
}

function launch(args: string[], more: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [MAIN, "up", ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", ...more },
  });
  let text = "";
  const keep = (chunk: string): void => {
    text = (text + chunk).slice(-MAX_LOG_CHARS);
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  return { child, log: () => text, exited };
}

function argumentsFor(options: StartOptions, stateDir: string, scratch: string): string[] {
  const args = ["--port", "0", "--state", stateDir, ...(options.args ?? [])];
  if (options.config === undefined) return args;
  const text =
    typeof options.config === "string" ? options.config : JSON.stringify(options.config, null, 2);
  const file = join(scratch, "flotilla.yaml");
  writeFileSync(file, text);
  return [...args, "--config", file];
}

/** A start that is meant to fail: what it printed and how it ended. */
export async function failToStart(options: StartOptions): Promise<Exit & { log: string }> {
  const scratch = makeFolder();
  const started = launch(
    argumentsFor(options, options.stateDir ?? join(scratch, "state"), scratch),
  );
  try {
    const outcome = await Promise.race([
      started.exited,
      waitFor(() => READY.test(started.log()), { what: "it to end", deadlineMs: START_MS }),
    ]);
    if (outcome === true) throw new Error(`it started:\n${started.log()}`);
    return { ...outcome, log: started.log() };
  } finally {
    started.child.kill("SIGKILL");
    await started.exited;
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function readyUrl({ child, log }: Started): Promise<string> {
  const gone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  try {
    await waitFor(() => gone() || READY.test(log()), {
      what: "the ready line",
      deadlineMs: START_MS,
    });
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`no ready line; it printed:\n${log()}`, { cause: error });
  }
  const url = READY.exec(log())?.[1];
  if (url === undefined) throw new Error(`flotilla ended before it was ready:\n${log()}`);
  return url;
}

async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

export async function startFlotilla(options: StartOptions = {}): Promise<Flotilla> {
  const scratch = makeFolder();
  const stateDir = options.stateDir ?? join(scratch, "state");
  const started = launch(argumentsFor(options, stateDir, scratch), options.env);
  const url = await readyUrl(started);
  const end = (signal: "SIGTERM" | "SIGKILL"): Promise<Exit> => {
    started.child.kill(signal);
    return started.exited;
  };
  return {
    url,
    pid: started.child.pid ?? 0,
    stateDir,
    log: started.log,
    exited: started.exited,
    fleet: () => getJson(`${url}/api/v1/fleet`),
    worker: (name) => getJson(`${url}/api/v1/workers/${name}`),
    end,
    async [Symbol.asyncDispose]() {
      const alive = started.child.exitCode === null && started.child.signalCode === null;
      const exit = await end("SIGTERM");
      rmSync(scratch, { recursive: true, force: true });
      // Every journey is also a test of stopping well.
      if (alive && process.platform !== "win32" && exit.code !== 0) {
        throw new Error(`ended with ${exit.code ?? exit.signal}:\n${started.log()}`);
      }
    },
  };
}
