/** The processes of one drone: its group, and those that left the group but still carry its mark. */
import { execFile } from "node:child_process";
import type { ProcessTable } from "./process-table.node.ts";

/** Tell processes that belong to a drone from all others, however far they strayed from its process group. */
export const CLAIM_MARK = "FLOTILLA_CLAIM";
/** The same for all drones of one run of Flotilla; what the guardian looks for. */
export const RUN_MARK = "FLOTILLA_RUN";

export interface ProcessGroup {
  alive(): Promise<boolean>;
  signal(name: "SIGTERM" | "SIGKILL"): Promise<void>;
}

export interface ProcessGroupOptions {
  /** Id of the first process and of its group. */
  pid: number;
  claimId: string;
  /** False when the number may belong to somebody else by now: then only the mark counts. */
  proven: boolean;
  platform: string;
  table: ProcessTable;
}

export function processGroup(options: ProcessGroupOptions): ProcessGroup {
  const { pid, claimId, proven, platform, table } = options;
  const strays = (): Promise<number[]> => table.marked(CLAIM_MARK, claimId);
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
