/**
 * A launcher over an imagined place, for running the real control plane against thousands of drones, faults and prices
 * faster than time. The same seed and the same orders give the same history.
 */
import { sleep, type Clock, type Random } from "../protocol/clock.ts";
import type { DroneAddress } from "../protocol/link.ts";
import type { DroneClaim, Launcher, LauncherCapabilities } from "./contract.ts";
import {
  calledOff,
  denied,
  lost,
  noCapacity,
  noLinks,
  notReady,
  unknownFailure,
} from "./decisions.ts";
import type { ServeDrone } from "./memory.ts";
import { createRoster } from "./roster.ts";
import { SimulatedDrone } from "./simulator/drone.ts";
import {
  CALM,
  drawFate,
  type BehaviourOf,
  type FailureKind,
  type PlaceBehaviour,
} from "./simulator/place.ts";

export { seededRandom } from "./simulator/chance.ts";
export { CALM, type BehaviourOf, type PlaceBehaviour } from "./simulator/place.ts";
export { createVirtualClock, type VirtualClock } from "./simulator/virtual-clock.ts";

export interface SimulatorOptions {
  clock: Clock;
  random: Random;
  node?: string;
  name?: string;
  capabilities?: Partial<LauncherCapabilities>;
  behaviour?: Partial<PlaceBehaviour>;
  /** A worker's own troubles, on top of the place's. */
  behaviourOf?: BehaviourOf;
  /** What a drone does with its link; nothing when absent. */
  serve?: ServeDrone;
}

export interface Simulator extends Launcher {
  /** Changes how the place behaves from now on. */
  change(behaviour: Partial<PlaceBehaviour>): void;
  /** Every call fails with `launcher_unknown` until it is called with false. Drones live on. */
  outage(on: boolean): void;
  crash(handle: string, reason?: string): void;
  /** Crashes about this share of the running drones, chosen by chance; returns how many. */
  crashSome(share: number): number;
  stats(): SimulatorStats;
}

export interface SimulatorStats {
  /** Drones that take up room now, whatever their phase. */
  alive: number;
  started: number;
  refused: number;
  crashed: number;
  /** Most that were ever alive at once. */
  peak: number;
  /** Spent so far, in the currency of `price`. */
  spent: number;
}

const HOUR_MS = 3_600_000;
/** Waited at most for the last drone when closing; beyond any grace a simulation uses. */
const CLOSE_MS = 10 * 60_000;

export function createSimulator(options: SimulatorOptions): Simulator {
  const { clock } = options;
  const name = options.name ?? "simulator";
  const capabilities: LauncherCapabilities = {
    links: true,
    survivesRestart: false,
    runs: ["command", "module"],
    ...options.capabilities,
  };
  const world = new World(options, name, capabilities);
  const { roster } = world;

  return {
    name,
    capabilities,
    async create(claim, signal) {
      world.requireService();
      return roster.create(claim, signal, () => world.start(claim, signal));
    },
    async get(handle) {
      world.answer();
      return roster.find(handle)?.view();
    },
    async list() {
      world.answer();
      return roster.entries().map((drone) => drone.view());
    },
    async end(handle, graceMs) {
      world.answer();
      const drone = roster.find(handle);
      if (drone === undefined) return "gone";
      if (!drone.end(graceMs)) return "ending";
      roster.forget(handle);
      return "gone";
    },
    async connect(handle) {
      if (!capabilities.links) throw noLinks(name);
      const drone = roster.find(handle);
      if (drone === undefined) throw lost("nothing is known of it");
      return drone.connect();
    },
    onChange: (listener) => roster.onChange(listener),
    async close() {
      await roster.shut();
      if (capabilities.survivesRestart) return;
      const drones = roster.entries();
      for (const drone of drones) drone.end(0);
      const allGone = Promise.all(drones.map((drone) => drone.gone));
      await Promise.race([allGone, sleep(clock, CLOSE_MS)]);
      for (const drone of drones) roster.forget(drone.handle);
    },
    change: (behaviour) => world.change(behaviour),
    outage: (on) => world.outage(on),
    crash: (handle, reason = "exited with code 1") => roster.find(handle)?.fail(reason),
    crashSome: (share) => world.crashSome(share),
    stats: () => world.stats(),
  };
}

class World {
  readonly roster = createRoster<SimulatedDrone>();
  readonly #options: SimulatorOptions;
  readonly #name: string;
  readonly #capabilities: LauncherCapabilities;
  readonly #alive = new Set<SimulatedDrone>();
  #behaviour: PlaceBehaviour;
  #down = false;
  #reserved = 0;
  #started = 0;
  #refused = 0;
  #crashed = 0;
  #peak = 0;
  #spentOnStarts = 0;
  #spentOnTheGone = 0;

  constructor(options: SimulatorOptions, name: string, capabilities: LauncherCapabilities) {
    this.#options = options;
    this.#name = name;
    this.#capabilities = capabilities;
    this.#behaviour = { ...CALM, ...options.behaviour };
  }

  change(behaviour: Partial<PlaceBehaviour>): void {
    this.#behaviour = { ...this.#behaviour, ...behaviour };
  }

  outage(on: boolean): void {
    this.#down = on;
  }

  requireService(): void {
    if (this.#down) throw unknownFailure("The simulated place does not answer.");
  }

  /** Fails as often as the place's own API does. */
  answer(): void {
    this.requireService();
    const { callFailureRate } = this.#behaviour;
    if (callFailureRate > 0 && this.#options.random() < callFailureRate) {
      throw unknownFailure("The simulated place failed.");
    }
  }

  async start(claim: DroneClaim, signal: AbortSignal): Promise<SimulatedDrone> {
    if (!this.#capabilities.runs.includes(claim.run.kind)) {
      throw denied(`The launcher "${this.#name}" cannot run a worker of kind "${claim.run.kind}".`);
    }
    const { clock, random, behaviourOf } = this.#options;
    const behaviour = { ...this.#behaviour, ...behaviourOf?.(claim) };
    const fate = drawFate(behaviour, random);
    // Room is taken when the order comes in, or a burst of orders would overfill the place.
    if (this.#alive.size + this.#reserved >= behaviour.capacity) return this.#refuse("capacity");
    this.#reserved += 1;
    await sleep(clock, fate.createMs, signal).finally(() => (this.#reserved -= 1));
    if (signal.aborted) throw calledOff();
    if (fate.failure !== undefined) return this.#refuse(fate.failure);
    this.#started += 1;
    this.#spentOnStarts += behaviour.price.perStart;
    const drone = new SimulatedDrone({
      claim,
      fate,
      handle: `${this.#name}-${this.#started}`,
      address: this.#address(claim),
      clock,
      serve: this.#options.serve,
      onChanged: (handle) => this.roster.changed(handle),
      onGone: (gone) => this.#forgetRoom(gone, behaviour),
    });
    this.#alive.add(drone);
    this.#peak = Math.max(this.#peak, this.#alive.size);
    return drone;
  }

  crashSome(share: number): number {
    const victims = this.roster
      .entries()
      .filter((drone) => drone.view().phase === "running" && this.#options.random() < share);
    for (const drone of victims) drone.fail("exited with code 1");
    return victims.length;
  }

  stats(): SimulatorStats {
    const { perHour } = this.#behaviour.price;
    const running = [...this.#alive].reduce((sum, drone) => sum + drone.lifetimeMs, 0);
    return {
      alive: this.#alive.size,
      started: this.#started,
      refused: this.#refused,
      crashed: this.#crashed,
      peak: this.#peak,
      spent: this.#spentOnStarts + this.#spentOnTheGone + (running / HOUR_MS) * perHour,
    };
  }

  #forgetRoom(drone: SimulatedDrone, behaviour: PlaceBehaviour): void {
    this.#alive.delete(drone);
    if (drone.view().endReason !== "closed by us") this.#crashed += 1;
    this.#spentOnTheGone += (drone.lifetimeMs / HOUR_MS) * behaviour.price.perHour;
  }

  #refuse(kind: FailureKind): never {
    this.#refused += 1;
    const make = { capacity: noCapacity, denied, not_ready: notReady, unknown: unknownFailure }[
      kind
    ];
    throw make("The simulated place refused the order.");
  }

  #address(claim: DroneClaim): DroneAddress {
    if (this.#capabilities.links) {
      return { kind: "link", node: this.#options.node ?? "here", launcher: this.#name };
    }
    return {
      kind: "http",
      url: `http://${claim.claimId}.invalid/mcp`,
      transport: "streamable-http",
    };
  }
}
