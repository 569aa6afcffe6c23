/** Finds what an earlier run of Flotilla could not end, without ever mistaking a stranger for it. */
import type { Clock } from "../../../protocol/clock.ts";
import { messageOf } from "../../../protocol/errors.ts";
import type { Logger } from "../../../telemetry/index.ts";
import { lost } from "../../decisions.ts";
import type { EndableDrone } from "./drone.node.ts";
import { createEnding } from "./ending.ts";
import { processGroup, type ProcessGroup } from "./group.node.ts";
import type { ProcessTable } from "./process-table.node.ts";
import type { DroneFile, StateFiles } from "./state-files.node.ts";

export interface LeftoverOptions {
  node: string;
  platform: string;
  clock: Clock;
  log: Logger;
  table: ProcessTable;
  files: StateFiles;
  onGone(handle: string): void;
}

/** Grace on close when nobody said otherwise: a leftover serves nobody. */
const LEFTOVER_GRACE_MS = 1_000;

export function handleOf(pid: number, claimId: string): string {
  return `${pid}.${claimId}`;
}

export async function findLeftovers(options: LeftoverOptions): Promise<EndableDrone[]> {
  const { table, files, platform } = options;
  const found: EndableDrone[] = [];
  for (const file of await files.readAll()) {
    if (await isSame(table, file.ownerPid, file.ownerIdentity)) continue;
    const proven = await isSame(table, file.pid, file.identity);
    const group = processGroup({ ...file, proven, platform, table });
    if (await group.alive()) found.push(leftover(file, group, options));
    else await files.remove(file.claimId);
  }
  return found;
}

/** Without a recorded identity nothing is claimed: the number may have been given away since. */
async function isSame(
  table: ProcessTable,
  pid: number,
  identity: string | undefined,
): Promise<boolean> {
  return identity !== undefined && (await table.identity(pid)) === identity;
}

function leftover(file: DroneFile, group: ProcessGroup, options: LeftoverOptions): EndableDrone {
  const { clock, files, log } = options;
  const handle = handleOf(file.pid, file.claimId);
  const reason = "left behind by an earlier run";
  const gone = Promise.withResolvers<void>();
  const ending = createEnding(
    {
      closeInput: () => {},
      // Its input ended with its owner; there is nothing to wait for before TERM.
      leaderExited: () => true,
      alive: () => group.alive(),
      signal: (name) => group.signal(name),
      async onGone() {
        await files
          .remove(file.claimId)
          .catch((error: unknown) =>
            log.warn("launcher.process.state_not_removed", { reason: messageOf(error) }),
          );
        options.onGone(handle);
        gone.resolve();
      },
      onFault: (error) => log.warn("launcher.process.look_failed", { reason: messageOf(error) }),
    },
    clock,
  );
  return {
    view: () => ({
      claimId: file.claimId,
      worker: file.worker,
      revision: file.revision,
      handle,
      phase: "ended",
      address: { kind: "link", node: options.node, launcher: "process" },
      startedAtMs: file.startedAtMs,
      endReason: reason,
    }),
    connect: () => Promise.reject(lost(reason)),
    end: (graceMs) => ending.begin(graceMs),
    graceMs: LEFTOVER_GRACE_MS,
    gone: gone.promise,
  };
}
