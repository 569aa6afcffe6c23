/** A place where drones run that outlives any coordinator, slow and faulty on demand. */
import type { DroneClaim, LaunchedDrone, Launcher } from "../../launchers/contract.ts";
import type { Clock } from "../../protocol/clock.ts";
import { sleep } from "../../protocol/clock.ts";
import { FlotillaError } from "../../protocol/errors.ts";

export interface FakeLauncher extends Launcher {
  /** Drones that are not ended. */
  alive(): LaunchedDrone[];
  /** Claims that were really started, in order. */
  readonly started: string[];
  /** What the next calls do; each entry is used once. */
  readonly faults: LauncherFault[];
  crash(claimId: string, reason?: string): void;
  /** Nothing was told to it by Flotilla: what a crash of the whole machine's process tree leaves. */
  onEnd(listener: (drone: LaunchedDrone) => void): void;
}

export type LauncherFault =
  | { on: "create"; fail: FlotillaError }
  | { on: "create"; delayMs: number }
  | { on: "end"; fail: FlotillaError }
  | { on: "end"; stubborn: number }
  | { on: "list"; fail: FlotillaError };

export interface FakeLauncherOptions {
  clock: Clock;
  name?: string;
  survivesRestart?: boolean;
  runs?: Launcher["capabilities"]["runs"];
}

export function createFakeLauncher(options: FakeLauncherOptions): FakeLauncher {
  const { clock, name = "process" } = options;
  const drones = new Map<string, LaunchedDrone>();
  const stubborn = new Map<string, number>();
  const listeners = new Set<(handle: string) => void>();
  const endListeners: ((drone: LaunchedDrone) => void)[] = [];
  const started: string[] = [];
  const faults: LauncherFault[] = [];
  const take = <On extends LauncherFault["on"]>(
    on: On,
  ): Extract<LauncherFault, { on: On }> | undefined => {
    const index = faults.findIndex((fault) => fault.on === on);
    return index < 0
      ? undefined
      : (faults.splice(index, 1)[0] as Extract<LauncherFault, { on: On }>);
  };
  const hint = (handle: string): void => {
    for (const listener of listeners) listener(handle);
  };
  const launch = (claim: DroneClaim): LaunchedDrone => {
    const before = drones.get(claim.claimId);
    if (before !== undefined) return before;
    const { claimId, worker, revision } = claim;
    const drone: LaunchedDrone = {
      claimId,
      worker,
      revision,
      handle: `h-${claimId}`,
      phase: "running",
      address: { kind: "link", node: "here", launcher: name },
      startedAtMs: clock.now(),
    };
    drones.set(claimId, drone);
    started.push(claimId);
    return drone;
  };
  const find = (handle: string) => [...drones.values()].find((drone) => drone.handle === handle);
  return {
    name,
    capabilities: {
      links: true,
      survivesRestart: options.survivesRestart ?? false,
      runs: options.runs ?? ["command", "module"],
    },
    started,
    faults,
    alive: () => [...drones.values()].filter((drone) => drone.phase !== "ended"),
    async create(claim, signal) {
      const fault = take("create");
      if (fault !== undefined && "fail" in fault) throw fault.fail;
      if (fault !== undefined) await sleep(clock, fault.delayMs, signal);
      if (signal.aborted) throw new FlotillaError("launcher_unknown", "called off");
      return { ...launch(claim) };
    },
    async get(handle) {
      const drone = find(handle);
      return drone === undefined ? undefined : { ...drone };
    },
    async list() {
      const fault = take("list");
      if (fault !== undefined) throw fault.fail;
      return [...drones.values()].map((drone) => ({ ...drone }));
    },
    async end(handle) {
      const drone = find(handle);
      if (drone === undefined) return "gone";
      for (const listener of endListeners) listener(drone);
      const fault = take("end");
      if (fault !== undefined && "fail" in fault) throw fault.fail;
      if (fault !== undefined) stubborn.set(handle, fault.stubborn);
      const left = stubborn.get(handle) ?? 0;
      if (left > 0) {
        stubborn.set(handle, left - 1);
        return "ending";
      }
      drones.delete(drone.claimId);
      return "gone";
    },
    connect: async () => {
      throw new FlotillaError("not_supported", "no links here");
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    crash(claimId, reason = "exited with code 1") {
      const drone = drones.get(claimId);
      if (drone === undefined) return;
      drones.set(claimId, { ...drone, phase: "ended", endReason: reason });
      hint(drone.handle);
    },
    onEnd: (listener) => void endListeners.push(listener),
    close: async () => undefined,
  };
}
