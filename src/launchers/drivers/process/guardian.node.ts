/**
 * One tiny process beside Flotilla that knows the process group of every drone and ends them all when Flotilla is
 * gone, SIGKILL included. It is a shell script (0.1 MB) because it has to stay for as long as Flotilla runs.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Clock, Timer } from "../../../protocol/clock.ts";
import type { Logger } from "../../../telemetry/index.ts";

export interface Guardian {
  /** Resolves when the guardian is certain to learn of the group, even if this process dies the next moment. */
  watch(group: number): Promise<void>;
  /** The group is empty; its number may be given to somebody else. */
  unwatch(group: number): void;
  /** Lets the guardian go. It still ends what it watches. */
  close(): void;
  readonly pid: number | undefined;
}

export interface GuardianOptions {
  shell: string;
  runId: string;
  path: string;
  clock: Clock;
  log: Logger;
}

/** Two seconds between TERM and KILL: the operator's grace counts for orderly ends, not for a dead Flotilla. */
const KILL_AFTER_TICKS = "20";
/** A guardian that keeps dying is replaced this often within a minute, and then given up with an error in the log. */
const MAX_RESTARTS = 5;
const RESTART_WINDOW_MS = 60_000;
const RESTART_DELAY_MS = 10;
const SCRIPT = fileURLToPath(new URL("guardian.sh", import.meta.url));

export function createGuardian(options: GuardianOptions): Guardian {
  return new ShellGuardian(options);
}

class ShellGuardian implements Guardian {
  readonly #options: GuardianOptions;
  readonly #groups = new Set<number>();
  #deathsMs: number[] = [];
  #child: ChildProcess | undefined;
  #closed = false;
  #pause: Timer | undefined;

  constructor(options: GuardianOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async watch(group: number): Promise<void> {
    this.#groups.add(group);
    if (this.#child === undefined && !this.#closed && !this.#givenUp()) this.#start();
    // What the kernel has taken reaches the guardian, whatever becomes of this process.
    await this.#write(`+ ${group}\n`);
  }

  unwatch(group: number): void {
    if (this.#groups.delete(group)) void this.#write(`- ${group}\n`);
  }

  close(): void {
    this.#closed = true;
    this.#pause?.cancel();
    this.#child?.stdin?.end();
  }

  #start(): void {
    this.#pause?.cancel();
    const child = launch(this.#options);
    this.#child = child;
    child.on("error", (error) => {
      this.#options.log.error("launcher.guardian.failed", { reason: error.message });
      this.#died(child);
    });
    child.on("exit", () => this.#died(child));
    for (const group of this.#groups) void this.#write(`+ ${group}\n`);
  }

  /** Somebody ended it: drones must not stay unwatched. */
  #died(child: ChildProcess): void {
    if (this.#child !== child || this.#closed) return;
    this.#child = undefined;
    const { clock, log } = this.#options;
    this.#deathsMs.push(clock.monotonicMs());
    if (this.#givenUp()) {
      log.error("launcher.guardian.given_up", { restarts: MAX_RESTARTS });
      return;
    }
    log.warn("launcher.guardian.replaced");
    this.#pause = clock.after(RESTART_DELAY_MS, () => this.#start());
  }

  #givenUp(): boolean {
    const sinceMs = this.#options.clock.monotonicMs() - RESTART_WINDOW_MS;
    this.#deathsMs = this.#deathsMs.filter((atMs) => atMs >= sinceMs);
    return this.#deathsMs.length > MAX_RESTARTS;
  }

  #write(line: string): Promise<void> {
    const input = this.#child?.stdin;
    if (!input || input.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      input.write(line, () => resolve());
    });
  }
}

/** In a session of its own: neither Ctrl-C nor a closed terminal reaches it. */
function launch(options: GuardianOptions): ChildProcess {
  const child = spawn(options.shell, [SCRIPT, options.runId, KILL_AFTER_TICKS], {
    cwd: "/",
    // Without the marks: one Flotilla run by another must not lose its guardian before its drones.
    env: { PATH: options.path, LC_ALL: "C" },
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.unref();
  child.stdin?.on("error", () => {});
  if (child.stdin && "unref" in child.stdin && typeof child.stdin.unref === "function") {
    child.stdin.unref();
  }
  return child;
}
