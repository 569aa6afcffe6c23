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
  /** Called whenever a drone that is there is asked to end. */
  onEnd(listener: (drone: LaunchedDrone) => void): void;
}

export interface LauncherFault {
  on: "create" | "end" | "list";
  fail?: FlotillaError;
  /** `create` takes so long. */
  delayMs?: number;
  /** `end` answers `ending` so many times. */
  stubborn?: number;
}

export interface FakeLauncherOptions {
  clock: Clock;
  name?: string;
  survivesRestart?: boolean;
  linksEndWithUs?: true;
  runs?: Launcher["capabilities"]["runs"];
}

interface Place {
  options: FakeLauncherOptions;
  name: string;
  drones: Map<string, LaunchedDrone>;
  /** Handles that answer `ending` so many times more. */
  stubborn: Map<string, number>;
  listeners: Set<(handle: string) => void>;
  endListeners: ((drone: LaunchedDrone) => void)[];
  started: string[];
  faults: LauncherFault[];
}

export function createFakeLauncher(options: FakeLauncherOptions): FakeLauncher {
  const name = options.name ?? "process";
  const place: Place = {
    options,
    name,
    drones: new Map(),
    stubborn: new Map(),
    listeners: new Set(),
    endListeners: [],
    started: [],
    faults: [],
  };
  const { drones, listeners, endListeners, started, faults } = place;
  return {
    name,
    capabilities: {
      links: true,
      survivesRestart: options.survivesRestart ?? false,
      ...(options.linksEndWithUs && { linksEndWithUs: true }),
      runs: options.runs ?? ["command", "module"],
    },
    started,
    faults,
    alive: () => [...drones.values()].filter((drone) => drone.phase !== "ended"),
    create: (claim, signal) => create(place, claim, signal),
    async get(handle) {
      const drone = find(place, handle);
      return drone === undefined ? undefined : { ...drone };
    },
    async list() {
      const fault = takeFault(place, "list");
      if (fault?.fail !== undefined) throw fault.fail;
      return [...drones.values()].map((drone) => ({ ...drone }));
    },
    end: (handle) => end(place, handle),
    async connect() {
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
      for (const listener of listeners) listener(drone.handle);
    },
    onEnd: (listener) => void endListeners.push(listener),
    close: async () => undefined,
  };
}

function takeFault(place: Place, on: LauncherFault["on"]): LauncherFault | undefined {
  const index = place.faults.findIndex((fault) => fault.on === on);
  return index < 0 ? undefined : place.faults.splice(index, 1)[0];
}

function find(place: Place, handle: string): LaunchedDrone | undefined {
  return [...place.drones.values()].find((drone) => drone.handle === handle);
}

async function create(
  place: Place,
  claim: DroneClaim,
  signal: AbortSignal,
): Promise<LaunchedDrone> {
  const fault = takeFault(place, "create");
  if (fault?.fail !== undefined) throw fault.fail;
  if (fault?.delayMs !== undefined) await sleep(place.options.clock, fault.delayMs, signal);
  if (signal.aborted) throw new FlotillaError("launcher_unknown", "called off");
  const before = place.drones.get(claim.claimId);
  if (before !== undefined) return { ...before };
  const { claimId, worker, revision } = claim;
  const drone: LaunchedDrone = {
    claimId,
    worker,
    revision,
    handle: `h-${claimId}`,
    phase: "running",
    address: { kind: "link", node: "here", launcher: place.name },
    startedAtMs: place.options.clock.now(),
  };
  place.drones.set(claimId, drone);
  place.started.push(claimId);
  return { ...drone };
}

async function end(place: Place, handle: string): Promise<"ending" | "gone"> {
  const drone = find(place, handle);
  if (drone === undefined) return "gone";
  for (const listener of place.endListeners) listener(drone);
  const fault = takeFault(place, "end");
  if (fault?.fail !== undefined) throw fault.fail;
  const left = fault?.stubborn ?? place.stubborn.get(handle) ?? 0;
  place.stubborn.set(handle, left - 1);
  if (left > 0) return "ending";
  place.drones.delete(drone.claimId);
  return "gone";
}
