/** Programs on fixed cores, and what they cost. Linux only: it reads /proc and pins with taskset. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

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

export interface Start {
  /** As taskset names them. */
  cores: number | "0,1";
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
}

export function start({ cores, command, args, env }: Start): Program {
  const child = spawn("taskset", ["-c", String(cores), command, ...args], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, ...env },
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

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process has ended meanwhile.
    return "";
  }
};

const statOf = (pid: number): string[] =>
  read(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
const statusOf = (pid: number, key: string): string =>
  new RegExp(`^${key}:\\s+(\\S+)`, "m").exec(read(`/proc/${pid}/status`))?.[1] ?? "";

const isWorker = (pid: number): boolean => statusOf(pid, "Cpus_allowed_list") === String(LOAD_CORE);

/** A process and its descendants, without those that were put on the load's core: workers. */
export const familyOf = (pid: number): number[] => descend(pid, (child) => !isWorker(child));

/** The descendants that were put on the load's core. */
export const workersOf = (pid: number): number[] => descend(pid, () => true).filter(isWorker);

function descend(pid: number, follows: (child: number) => boolean): number[] {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name): [number, number] => [Number(name), Number(statOf(Number(name))[1] ?? 0)]),
  );
  const family = [pid];
  for (const member of family) {
    for (const [child, parent] of parents) {
      if (parent === member && follows(child)) family.push(child);
    }
  }
  return family;
}

/** Holds a system still while others are measured, or lets it go on: what it still has to do would disturb them. */
export function hold(pid: number, isHeld: boolean): void {
  for (const member of familyOf(pid)) signal(member, isHeld ? "SIGSTOP" : "SIGCONT");
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

/** Ends everything this program has started, at once: it is being stopped itself. */
export function endAll(): void {
  for (const pid of descend(process.pid, () => true).slice(1)) signal(pid, "SIGKILL");
}

/** The clock of /proc ticks 100 times a second. */
const TICK_US = 10_000;

/** User and system time of processes and all their threads, in microseconds. */
export function usedUs(pids: readonly number[]): number {
  return (
    sum(pids.map((pid) => Number(statOf(pid)[11] ?? 0) + Number(statOf(pid)[12] ?? 0))) * TICK_US
  );
}

/** Of this process and of its children that have ended: load generators. */
export function selfAndEndedUs(): number {
  const fields = statOf(process.pid);
  return sum([11, 12, 13, 14].map((at) => Number(fields[at] ?? 0))) * TICK_US;
}

/** What a core has spent on anything but waiting. */
export function coreBusyUs(core: number): number {
  const line = new RegExp(`^cpu${core} (.*)$`, "m").exec(read("/proc/stat"))?.[1] ?? "";
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(" ").map(Number);
  return (user + nice + system + irq + softirq) * TICK_US;
}

export function rssMb(pids: readonly number[]): number {
  return sum(pids.map((pid) => Number(statusOf(pid, "VmRSS")))) / 1024;
}

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

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
