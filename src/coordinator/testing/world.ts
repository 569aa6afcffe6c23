/**
 * A whole fleet in a glass: the real coordinator, gateways as the contracts describe them, launchers whose drones
 * outlive everybody, one clock. It can be driven by a seed or by a list of commands, and it watches the invariants.
 */
import { FlotillaError } from "../../protocol/errors.ts";
import type { WorkerSpec } from "../../protocol/fleet.ts";
import { keys } from "../../protocol/records.ts";
import type { LaunchedDrone } from "../../launchers/contract.ts";
import { silentTelemetry } from "../../telemetry/index.ts";
import { createCoordinator, type Coordinator } from "../coordinator.ts";
import { DEFAULT_POLICY, type CoordinatorPolicy } from "../policy.ts";
import { createChance, type Chance } from "./chance.ts";
import { cutClock, cutLauncher, cutStore, newLife, type Life } from "./cut.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";
import { createFakeGateway, type Call, type CallEnd, type FakeGateway } from "./fake-gateway.ts";
import { createFakeLauncher, type FakeLauncher } from "./fake-launcher.ts";
import { createFakeStore, type FakeStore } from "./fake-store.ts";
import { workerSpec } from "./fleet.ts";
import { droneOf } from "./stage.ts";

export const WORLD_POLICY: CoordinatorPolicy = {
  ...DEFAULT_POLICY,
  crashLoopRetryMs: 60_000,
  sweepMs: 5_000,
  maxStarts: 3,
  drainGraces: 5,
};
export const CALL_TIMEOUT_MS = 40_000;
const START_TIMEOUT_MS = 5_000;
export const GRACE_MS = 1_000;
export const IDLE_MS = 20_000;
/** How far a gateway's view of the fleet may be behind. */
const GATEWAY_LAG_MS = 700;

/** Gateway looks at the fleet until a dead coordinator is started again. */
const DEAD_STEPS = 8;

/** Bugs that can be planted, each caught by an invariant; they prove that the invariants can fail. */
export type Plant =
  | "gateway_lies_about_drains"
  | "launcher_hides_drones"
  | "coordinator_allows_more_drones"
  | "demand_is_not_registered";

export interface World {
  readonly clock: FakeClock;
  readonly store: FakeStore;
  readonly chance: Chance;
  readonly gateways: readonly FakeGateway[];
  readonly launchers: readonly FakeLauncher[];
  /** Broken invariants, in the order they broke. Empty is good. */
  readonly broken: string[];
  /** What probes do next. */
  readonly probes: ("fail" | "hang")[];
  readonly workers: Map<string, WorkerSpec>;
  coordinator(): Coordinator | undefined;
  life(): Life;
  kill(): void;
  /** Begins a new life; the old one is killed first. */
  boot(): Promise<void>;
  apply(): void;
  crash(claimId: string): void;
  /** From now on calls may suffer for a while without anybody being wrong. */
  noteFault(): void;
  pass(ms: number): Promise<void>;
}

interface State {
  life: Life;
  deadSteps: number;
  pastLives: Set<string>;
  coordinator: Coordinator | undefined;
  lastFaultMs: number;
  ids: number;
}

export async function createWorld(options: {
  seed: number;
  settle: () => Promise<void>;
  plant?: Plant;
}): Promise<World> {
  const chance = createChance(options.seed);
  const clock = createFakeClock(options.settle);
  const store = createFakeStore(clock);
  const launchers = [
    createFakeLauncher({ clock, name: "process", runs: ["command"] }),
    createFakeLauncher({ clock, name: "thread", runs: ["module"], survivesRestart: true }),
  ];
  const state: State = {
    deadSteps: 0,
    pastLives: new Set(),
    life: newLife(),
    coordinator: undefined,
    lastFaultMs: 0,
    ids: 0,
  };
  const world: World = {
    clock,
    store,
    chance,
    launchers,
    gateways: [],
    broken: [],
    probes: [],
    workers: new Map(initialWorkers().map((spec) => [spec.name, spec])),
    coordinator: () => state.coordinator,
    life: () => state.life,
    kill: () => kill(world, state),
    boot: () => boot(world, state, options),
    apply: () => void state.coordinator?.apply({ workers: planted(world, options.plant) }),
    crash: (claimId) => launchers.forEach((launcher) => launcher.crash(claimId)),
    noteFault() {
      state.lastFaultMs = clock.now();
    },
    async pass(ms) {
      for (let left = ms; left >= 0; left -= GATEWAY_LAG_MS) {
        await clock.advance(Math.min(left, GATEWAY_LAG_MS));
        for (const gateway of world.gateways) await gateway.tick();
        await options.settle();
        await supervise(world, state);
      }
    },
  };
  const gateways = ["g1", "g2"].map((id) => gatewayOf(world, state, { id, plant: options.plant }));
  Object.assign(world, { gateways });
  watchInvariants(world);
  await world.boot();
  return world;
}

function initialWorkers(): WorkerSpec[] {
  const limits = { startTimeoutMs: START_TIMEOUT_MS, graceMs: GRACE_MS };
  const scale = { idleMs: IDLE_MS };
  const module = { kind: "module", entry: "x", env: {}, launcher: "thread" } as const;
  return [
    workerSpec("alpha", { limits, scale }),
    workerSpec("beta", {
      limits,
      run: module,
      scale: { ...scale, maxDrones: 3, callsPerDrone: 2 },
    }),
    workerSpec("gamma", { limits, scale: { ...scale, maxDrones: 2, callsPerDrone: 3 } }),
  ];
}

function planted(world: World, plant: Plant | undefined): WorkerSpec[] {
  const specs = [...world.workers.values()];
  if (plant !== "coordinator_allows_more_drones") return specs;
  return specs.map((spec) => ({
    ...spec,
    scale: { ...spec.scale, maxDrones: spec.scale.maxDrones + 2, callsPerDrone: 1 },
  }));
}

function kill(world: World, state: State): void {
  state.life.alive = false;
  state.coordinator = undefined;
  world.noteFault();
  for (const drone of world.launchers[0]?.alive() ?? []) state.pastLives.add(drone.claimId);
  // Calls over the pipes of this process die with it, those to drones elsewhere go on.
  for (const gateway of world.gateways) gateway.dropCallsOn((drone) => state.pastLives.has(drone));
}

/** Whoever runs Flotilla starts it again, not at once. */
async function supervise(world: World, state: State): Promise<void> {
  if (state.life.alive) return;
  world.noteFault();
  state.deadSteps += 1;
  if (state.deadSteps >= DEAD_STEPS) await world.boot();
}

async function boot(
  world: World,
  state: State,
  options: { settle: () => Promise<void>; plant?: Plant },
): Promise<void> {
  kill(world, state);
  const life = newLife();
  state.life = life;
  state.deadSteps = 0;
  state.coordinator = createCoordinator({
    store: cutStore(life, world.store),
    launchers: world.launchers.map((launcher) =>
      cutLauncher(life, hiding(world, launcher, options.plant)),
    ),
    clock: cutClock(life, world.clock),
    random: () => world.chance.next(),
    newId: (prefix) => `${prefix}-${(state.ids += 1)}`,
    telemetry: silentTelemetry,
    probe: (_drone, signal) => probe(world, signal),
    node: "here",
    version: "0.0.0-test",
    reload: async () => ({ workers: [...world.workers.values()] }),
    policy: WORLD_POLICY,
  });
  void state.coordinator.start();
  world.apply();
  await options.settle();
}

/** Keeps quiet about drones that no record owns. */
function hiding(world: World, launcher: FakeLauncher, plant: Plant | undefined): FakeLauncher {
  if (plant !== "launcher_hides_drones") return launcher;
  const owned = (drone: LaunchedDrone): boolean =>
    world.store.peek(keys.drone(drone.claimId)).length > 0;
  return { ...launcher, list: async () => (await launcher.list()).filter(owned) };
}

async function probe(world: World, signal: AbortSignal): Promise<void> {
  const fault = world.probes.shift();
  if (fault === "fail") throw new FlotillaError("drone_protocol", "it said something strange");
  if (fault === undefined) return;
  await new Promise<void>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("called off")), { once: true });
  });
}

function gatewayOf(
  world: World,
  state: State,
  { id, plant }: { id: string; plant: Plant | undefined },
): FakeGateway {
  const silent = plant === "demand_is_not_registered";
  return createFakeGateway({
    id,
    store: silent ? muted(world.store) : world.store,
    clock: world.clock,
    callTimeoutMs: CALL_TIMEOUT_MS,
    wake: (worker) => (silent ? undefined : void sendWake(state.coordinator, worker)),
    isAlive: (drone) => isReachable(world, state, drone),
    onEnd: (call, end) => judgeCall(world, state, { call, end }),
    liesAboutDrains: plant === "gateway_lies_about_drains",
  });
}

/** Gateway and coordinator are one process here: the pipes of an earlier life lead nowhere. */
function isReachable(world: World, state: State, drone: string): boolean {
  const [local, remote] = world.launchers.map((one) =>
    one.alive().some((d) => d.claimId === drone),
  );
  return remote === true || (local === true && state.life.alive && !state.pastLives.has(drone));
}

function muted(store: FakeStore): FakeStore {
  return { ...store, records: { ...store.records, put: async () => ({ ok: true, version: 1 }) } };
}

async function sendWake(coordinator: Coordinator | undefined, worker: string): Promise<void> {
  const url = `http://localhost/api/v1/workers/${worker}/wake`;
  await coordinator?.fetch(new Request(url, { method: "POST" }));
}

/** Without a fault nearby, no call may run out of time. */
function judgeCall(world: World, state: State, { call, end }: { call: Call; end: CallEnd }): void {
  if (end !== "timed_out") return;
  // A fault that came before the call may still keep its worker down for a start, a drain and a sweep.
  if (state.lastFaultMs > call.bornMs - 30_000) return;
  world.broken.push(`a call to ${call.worker} was neither served nor refused in time`);
}

function watchInvariants(world: World): void {
  world.store.onWrite(() => checkCounts(world));
  for (const launcher of world.launchers) {
    launcher.onEnd((drone) => checkEnd(world, drone));
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function checkCounts(world: World): void {
  const serving = new Map<string, number>();
  const all = new Map<string, number>();
  for (const drone of world.store.peek("drone/").map(droneOf)) {
    add(all, drone.worker);
    if (drone.phase === "starting" || drone.phase === "ready")
      add(serving, `${drone.worker} ${drone.revision}`);
  }
  for (const [key, count] of serving) {
    const max = world.workers.get(key.split(" ")[0] ?? "")?.scale.maxDrones;
    if (max !== undefined && count > max)
      world.broken.push(`${count} drones serve ${key}, at most ${max} may`);
  }
  for (const [worker, count] of all) {
    const max = world.workers.get(worker)?.scale.maxDrones;
    if (max !== undefined && count > 2 * max)
      world.broken.push(`${count} drones of ${worker} exist`);
  }
}

/** Nothing is ended under a call before its time, unless it is dead already or belongs to a dead process. */
function checkEnd(world: World, drone: LaunchedDrone): void {
  if (drone.phase === "ended") return;
  const calls = world.gateways
    .flatMap((g) => [...g.calls])
    .filter((c) => c.drone === drone.claimId);
  if (calls.length === 0) return;
  const record = world.store.peek(keys.drone(drone.claimId)).map(droneOf)[0];
  if (record === undefined)
    return void world.broken.push(
      `${drone.claimId} was ended as an orphan under ${calls.length} calls`,
    );
  const deadlineMs =
    (record.drainSinceMs ?? Number.POSITIVE_INFINITY) + GRACE_MS * WORLD_POLICY.drainGraces;
  if (world.clock.now() < deadlineMs) {
    world.broken.push(`${drone.claimId} was ended under ${calls.length} calls: ${record.reason}`);
  }
}
