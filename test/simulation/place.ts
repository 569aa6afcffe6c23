/** Where drones run: two simulated launchers that outlive every coordinator, and who is on which drone. */
import type { Clock, Random } from "../../src/protocol/clock.ts";
import { sleep } from "../../src/protocol/clock.ts";
import type { DroneClaim, LaunchedDrone, Launcher } from "../../src/launchers/contract.ts";
import { createSimulator, type PlaceBehaviour, type Simulator } from "../../src/launchers/index.ts";
import type { DroneRecord } from "../../src/protocol/records.ts";

export interface LiveDrone {
  readonly claimId: string;
  readonly worker: string;
  readonly launcher: string;
  readonly bornMs: number;
  alive: boolean;
  /** Takes calls and fails nearly all of them. */
  readonly sick: boolean;
  /** Told once, when it dies. */
  readonly mourners: Set<() => void>;
}

export interface Places {
  readonly all: readonly Simulator[];
  /** As coordinators get them: every order is looked at by `onEnd` first. */
  readonly launchers: readonly Launcher[];
  find(claimId: string): LiveDrone | undefined;
  alive(): LiveDrone[];
  /** Resolves when the drone runs; what a first handshake would find out. */
  untilRunning(record: DroneRecord, signal: AbortSignal): Promise<void>;
}

export interface PlacesOptions {
  clock: Clock;
  random: Random;
  behaviour: Partial<PlaceBehaviour>;
  sickShare: number;
  /** A claim has got a second drone while its first one lives. */
  onDouble: (claimId: string) => void;
  /** A drone that lives is asked to end. */
  onEnd: (drone: LiveDrone) => void;
}

const NAMES = ["pond", "lake"] as const;
const LOOK_MS = 250;

export function createPlaces(options: PlacesOptions): Places {
  const drones = new Map<string, LiveDrone>();
  const claims = new Map<string, string>();
  const all = NAMES.map((name) => simulatorOf(name, { options, drones }));
  const launchers = all.map((simulator): Launcher => {
    const note = (launched: LaunchedDrone): LaunchedDrone => {
      claims.set(launched.handle, launched.claimId);
      return launched;
    };
    return {
      ...simulator,
      create: async (claim, signal) => note(await simulator.create(claim, signal)),
      list: async () => (await simulator.list()).map(note),
      end(handle, graceMs) {
        const drone = drones.get(claims.get(handle) ?? "");
        if (drone?.alive === true) options.onEnd(drone);
        return simulator.end(handle, graceMs);
      },
    };
  });
  return {
    all,
    launchers,
    find: (claimId) => drones.get(claimId),
    alive: () => [...drones.values()],
    async untilRunning(record, signal) {
      const place = all.find(({ name }) => name === record.launcher);
      while (!signal.aborted) {
        const launched = await place?.get(record.handle).catch(() => undefined);
        if (launched?.phase === "running") return;
        await sleep(options.clock, LOOK_MS, signal);
      }
    },
  };
}

function simulatorOf(
  name: string,
  at: { options: PlacesOptions; drones: Map<string, LiveDrone> },
): Simulator {
  const { options, drones } = at;
  const { clock, random, behaviour } = options;
  const born = (claim: DroneClaim): LiveDrone => {
    if (drones.has(claim.claimId)) options.onDouble(claim.claimId);
    const { claimId, worker } = claim;
    const sick = random() < options.sickShare;
    const mourners = new Set<() => void>();
    const bornMs = clock.monotonicMs();
    const drone = { claimId, worker, launcher: name, bornMs, alive: true, sick, mourners };
    drones.set(claimId, drone);
    return drone;
  };
  return createSimulator({
    clock,
    random,
    name,
    behaviour,
    capabilities: { survivesRestart: true, runs: ["command"] },
    serve(link, _exit, claim) {
      const drone = born(claim);
      void link.closed.then(() => {
        drone.alive = false;
        if (drones.get(claim.claimId) === drone) drones.delete(claim.claimId);
        for (const mourn of drone.mourners) mourn();
      });
    },
  });
}
