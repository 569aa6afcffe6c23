/**
 * The launcher of workers that live inside this process (the coordinator's own tools). It starts nothing; it lets
 * builtin workers go the same way as all others, so that no reconciler needs an exception for them.
 */
import type { LaunchedDrone, Launcher } from "../launchers/contract.ts";
import type { Clock } from "../protocol/clock.ts";
import { FlotillaError } from "../protocol/errors.ts";

export const BUILTIN_LAUNCHER = "builtin";

export function createBuiltinLauncher(options: { node: string; clock: Clock }): Launcher {
  const drones = new Map<string, LaunchedDrone>();
  return {
    name: BUILTIN_LAUNCHER,
    capabilities: { links: true, survivesRestart: false, runs: ["builtin"] },
    async create(claim) {
      const before = drones.get(claim.claimId);
      if (before !== undefined) return before;
      const drone: LaunchedDrone = {
        claimId: claim.claimId,
        worker: claim.worker,
        revision: claim.revision,
        handle: claim.claimId,
        phase: "running",
        address: { kind: "link", node: options.node, launcher: BUILTIN_LAUNCHER },
        startedAtMs: options.clock.now(),
      };
      drones.set(claim.claimId, drone);
      return drone;
    },
    get: async (handle) => drones.get(handle),
    list: async () => [...drones.values()],
    async end(handle) {
      drones.delete(handle);
      return "gone";
    },
    async connect() {
      throw new FlotillaError(
        "not_supported",
        "A builtin worker is connected where it was composed.",
      );
    },
    onChange: () => () => undefined,
    async close() {
      drones.clear();
    },
  };
}
