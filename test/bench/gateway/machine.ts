/** Programs on fixed cores, and what they cost. Linux only: it reads /proc and pins with taskset. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";

/** Load and workers share one core; the system under test has the other for itself. */
export const LOAD_CORE = 0;
export const SYSTEM_CORE = 1;

export interface Program {
  pid: number;
  /** Resolves with the first match in what it prints, rejects when it ends or takes too long. */
  says(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray>;
  end(): Promise<void>;
}

const END_MS = 5_000;

export function start(core: number, command: string, args: readonly string[]): Program {
  const child = spawn("taskset", ["-c", String(core), command, ...args], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let text = "";
  const listeners: (() => void)[] = [];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).slice(-100_000);
    for (const heard of listeners) heard();
  });
  return {
    pid: child.pid ?? 0,
    says: (pattern, withinMs = 30_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${command} said nothing`)), withinMs);
        child.once("exit", () => reject(new Error(`${command} ended`)));
        const heard = (): void => {
          const match = pattern.exec(text);
          if (match === null) return;
          clearTimeout(timer);
          resolve(match);
        };
        listeners.push(heard);
        heard();
      }),
    end: () => ended(child),
  };
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), END_MS);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

/** User and system time of a process and all its threads, in microseconds; the clock ticks 100 times a second. */
export function cpuUs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

export function rssMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

export function has(program: string): boolean {
  try {
    execFileSync("which", [program], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export function childOf(pid: number): number {
  return Number(execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" }).split("\n")[0]);
}
