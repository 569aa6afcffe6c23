/** What the operating system says about processes: who is alive in a group, who carries a mark, who is who. */
import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import type { Clock } from "../../../protocol/clock.ts";

export interface ProcessTable {
  /** Tells this process from a later one with the same id; undefined when there is none. Survives `exec`. */
  identity(pid: number): Promise<string | undefined>;
  /** Whether anything but a zombie is left in the group. */
  groupAlive(group: number): Promise<boolean>;
  /** Living processes whose environment has all of these `NAME=VALUE`. Only Linux tells; elsewhere always empty. */
  marked(marks: readonly string[]): Promise<number[]>;
}

interface Row {
  pid: number;
  state: string;
  group: number;
}

/** One look at the whole table serves everybody who asks within this time. */
const SNAPSHOT_MS = 50;
/** Files under /proc read at a time. */
const PARALLEL_READS = 32;
const GONE_OR_NOT_OURS: ReadonlySet<string> = new Set(["ENOENT", "ESRCH", "EACCES", "EPERM"]);

export function createProcessTable(platform: string, clock: Clock): ProcessTable {
  const linux = platform === "linux";
  let snapshot: { atMs: number; rows: Promise<Row[]> } | undefined;
  const rows = (): Promise<Row[]> => {
    const now = clock.monotonicMs();
    if (snapshot === undefined || now - snapshot.atMs > SNAPSHOT_MS) {
      snapshot = { atMs: now, rows: linux ? procRows() : psRows() };
    }
    return snapshot.rows;
  };
  return {
    identity: linux ? procIdentity : psIdentity,
    async groupAlive(group) {
      if (platform === "win32") return reachable(group);
      if (!reachable(-group)) return false;
      // Zombies answer signals too; where nobody reaps them (a container's first process) they would stay for ever.
      return (await rows()).some((row) => row.group === group && !isZombie(row.state));
    },
    async marked(marks) {
      if (!linux) return [];
      const alive = (await procRows()).filter((row) => row.pid !== process.pid);
      const hits = await mapBounded(alive, async (row) => {
        const environment = (await readText(`/proc/${row.pid}/environ`))?.split("\0") ?? [];
        return marks.every((mark) => environment.includes(mark)) ? row.pid : undefined;
      });
      return hits.filter((pid) => pid !== undefined);
    },
  };
}

/** True when a signal could be sent. Not being allowed to means that somebody is there. */
export function reachable(target: number): boolean {
  try {
    return process.kill(target, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function isZombie(state: string): boolean {
  return state.startsWith("Z") || state.startsWith("X");
}

// --- Linux: proc(5) ------------------------------------------------------------------------------

async function procRows(): Promise<Row[]> {
  const pids = (await readdir("/proc")).filter((name) => /^[1-9]\d*$/.test(name));
  const rows = await mapBounded(pids, async (pid) =>
    parseStat(await readText(`/proc/${pid}/stat`)),
  );
  return rows.filter((row) => row !== undefined);
}

async function procIdentity(pid: number): Promise<string | undefined> {
  const stat = parseStat(await readText(`/proc/${pid}/stat`));
  if (stat === undefined || isZombie(stat.state)) return undefined;
  const boot = (await readText("/proc/sys/kernel/random/boot_id"))?.trim() ?? "";
  return `${boot}:${stat.startTicks}`;
}

function parseStat(text: string | undefined): (Row & { startTicks: string }) | undefined {
  if (text === undefined) return undefined;
  // The second field is the program's name in brackets and may hold anything, brackets too.
  const [state, , group] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const startTicks = text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
  const pid = Number.parseInt(text, 10);
  if (state === undefined || group === undefined || startTicks === undefined) return undefined;
  return { pid, state, group: Number(group), startTicks };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (typeof code === "string" && GONE_OR_NOT_OURS.has(code)) return undefined;
    // No file descriptor left, for one: "nothing found" would be taken for "nothing left".
    throw error;
  }
}

async function mapBounded<In, Out>(
  items: readonly In[],
  map: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  for (let at = 0; at < items.length; at += PARALLEL_READS) {
    results.push(...(await Promise.all(items.slice(at, at + PARALLEL_READS).map(map))));
  }
  return results;
}

// --- Other POSIX systems: ps(1) ------------------------------------------------------------------

async function psRows(): Promise<Row[]> {
  const text = await ps(["-A", "-o", "pid=,pgid=,stat="]);
  if (text === undefined) throw new Error("The process table could not be read.");
  return text.split("\n").flatMap((line) => {
    const [pid, group, state] = line.trim().split(/\s+/);
    if (pid === undefined || group === undefined || state === undefined) return [];
    return [{ pid: Number(pid), group: Number(group), state }];
  });
}

async function psIdentity(pid: number): Promise<string | undefined> {
  const text = (await ps(["-o", "stat=,lstart=", "-p", String(pid)]))?.trim();
  if (text === undefined || text === "" || isZombie(text)) return undefined;
  return text.replace(/^\S+\s+/, "");
}

function ps(args: string[]): Promise<string | undefined> {
  const options = { env: { PATH: process.env["PATH"] ?? "/bin:/usr/bin", LC_ALL: "C", TZ: "UTC" } };
  return new Promise((resolve) => {
    execFile("ps", args, { ...options, maxBuffer: 16 * 1_024 * 1_024 }, (error, stdout) =>
      resolve(error === null ? stdout : undefined),
    );
  });
}
