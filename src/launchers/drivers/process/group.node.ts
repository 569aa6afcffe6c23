/** The processes of one drone: its group, and those that left the group but still carry its mark. */
import { execFile } from "node:child_process";
import type { ProcessTable } from "./process-table.node.ts";

/**
 * Tell processes that belong to a drone from all others, however far they strayed from its process group. Both have
 * to fit: the run keeps two Flotillas on one machine apart, whatever they call their claims.
 */
export function marksOf(runId: string, claimId: string): Record<string, string> {
  return { FLOTILLA_RUN: runId, FLOTILLA_CLAIM: claimId };
}

export interface ProcessGroup {
  alive(): Promise<boolean>;
  signal(name: "SIGTERM" | "SIGKILL"): Promise<void>;
}

export interface ProcessGroupOptions {
  /** Id of the first process and of its group. */
  pid: number;
  claimId: string;
  runId: string;
  /** False when the number may belong to somebody else by now: then only the mark counts. */
  proven: boolean;
  platform: string;
  table: ProcessTable;
}

export function processGroup(options: ProcessGroupOptions): ProcessGroup {
  const { pid, proven, platform, table } = options;
  const marks = Object.entries(marksOf(options.runId, options.claimId)).map(
    ([name, value]) => `${name}=${value}`,
  );
  const strays = (): Promise<number[]> => table.marked(marks);
  return {
    async alive() {
      if (proven && (await table.groupAlive(pid))) return true;
      return (await strays()).length > 0;
    },
    async signal(name) {
      if (platform === "win32") return taskkill(pid, name === "SIGKILL");
      // Strays are looked up first: once their parents are gone nothing changes for them, but new ones may appear.
      const marked = await strays();
      if (proven) sendSignal(-pid, name);
      for (const stray of marked) sendSignal(stray, name);
    },
  };
}

function sendSignal(target: number, name: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(target, name);
  } catch {
    // Gone already, or not ours to signal: `alive` tells the difference at the next look.
  }
}

/** Windows has no groups and no TERM: /T ends the tree as far as Windows still knows it, /F does not ask. */
function taskkill(pid: number, force: boolean): Promise<void> {
  const args = ["/PID", String(pid), "/T", ...(force ? ["/F"] : [])];
  return new Promise((resolve) => {
    execFile("taskkill.exe", args, { windowsHide: true }, () => resolve());
  });
}
