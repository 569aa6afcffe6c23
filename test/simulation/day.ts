/**
 * One run: two real coordinators and two gateways on one store, two places where drones run, a day of calls, and
 * troubles by chance. All of it follows from the seed; nothing reads a real clock.
 */
import { createCoordinator, type Coordinator } from "../../src/coordinator/coordinator.ts";
import { DEFAULT_POLICY, type CoordinatorPolicy } from "../../src/coordinator/policy.ts";
import {
  CALM,
  createVirtualClock,
  seededRandom,
  type PlaceBehaviour,
} from "../../src/launchers/index.ts";
import type { Clock, Random } from "../../src/protocol/clock.ts";
import type { WorkerSpec } from "../../src/protocol/fleet.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { silentTelemetry } from "../../src/telemetry/index.ts";
import { drawBurst, drawCallMs, drawFleet } from "./fleet.ts";
import { createSimGateway, type SimGateway } from "./gateway.ts";
import { createJudge, AFTERMATH_MS, type Judge } from "./judge.ts";
import { kill, launcherOf, memberClock, newMember, send, storeOf, type Member } from "./member.ts";
import { createPlaces, type Places } from "./place.ts";
import { makeTrouble, type TroubleWorld } from "./trouble.ts";

export interface DayOptions {
  seed: number;
  hours: number;
  /** All workers together want no more; half of them fit at each of the two places. */
  drones: number;
  /** Gets a turn once a simulated hour: garbage of a long run goes then. */
  breathe?: () => Promise<void>;
}

export interface DayOutcome {
  broken: string[];
  calls: SimGateway["ended"];
  troubles: number;
  starts: number;
  /** Of all that happened, in order: equal for equal runs. */
  fingerprint: string;
}

const MINUTE_MS = 60_000;
const CALL_TIMEOUT_MS = 60_000;
const MEAN_TROUBLE_MS = 45 * MINUTE_MS;
const POLICY: CoordinatorPolicy = {
  ...DEFAULT_POLICY,
  leaseTtlSharedMs: 60_000,
  sweepMs: 120_000,
  crashLoopRetryMs: 60_000,
  drainGraces: 20,
};
const BEHAVIOUR: PlaceBehaviour = {
  ...CALM,
  createMs: [5, 500],
  startMs: [50, 3_000],
  endMs: [5, 500],
  hangRate: 0.01,
  earlyCrashRate: 0.01,
  stubbornRate: 0.03,
  crashEveryMs: 12 * 3_600_000,
};

interface Day {
  options: DayOptions;
  clock: Clock & { run(ms: number): Promise<void> };
  judge: Judge;
  places: Places;
  workers: Map<string, WorkerSpec>;
  gateways: SimGateway[];
  coordinators: Map<string, { member: Member; coordinator: Coordinator }>;
  random: Record<"load" | "trouble" | "line" | "mind", Random>;
  ids: number;
  troubles: number;
  hash: number;
}

export async function runDay(options: DayOptions): Promise<DayOutcome> {
  const day = createDay(options);
  for (const name of ["north", "south"]) await boot(day, name);
  await day.clock.run(5_000);
  for (const name of day.workers.keys()) callLater(day, name);
  troubleLater(day);
  const minutes = Math.round(options.hours * 60);
  for (let minute = 0; minute < minutes && day.judge.broken.length === 0; minute++) {
    await day.clock.run(MINUTE_MS);
    day.judge.look();
    if (minute % 60 === 59) await options.breathe?.();
  }
  if (day.judge.broken.length === 0) await comeToRest(day);
  await close(day);
  return outcomeOf(day);
}

function createDay(options: DayOptions): Day {
  const clock = createVirtualClock(Date.UTC(2026, 0, 5));
  const stream = (salt: number): Random => seededRandom(Math.imul(options.seed, 0x9e37) + salt);
  const fleet = drawFleet(stream(1), options.drones);
  const workers = new Map(fleet.map((spec) => [spec.name, spec]));
  const gateways: SimGateway[] = [];
  const policy = policyOf(options);
  const judge = createJudge({
    clock,
    policy,
    workers,
    store: createMemoryStore({ clock }),
    callTimeoutMs: CALL_TIMEOUT_MS,
    places: () => places,
    gateways: () => gateways,
  });
  const places = createPlaces({
    clock,
    random: stream(2),
    behaviour: BEHAVIOUR,
    sickShare: 0.05,
    onDouble: judge.doubled,
    onEnd: judge.ending,
  });
  const random = { load: stream(3), trouble: stream(4), line: stream(5), mind: stream(6) };
  const empty = { coordinators: new Map<string, never>(), ids: 0, troubles: 0, hash: options.seed };
  const day: Day = { ...empty, options, clock, judge, places, workers, gateways, random };
  for (const name of ["east", "west"]) gateways.push(gatewayOf(day, name));
  return day;
}

const policyOf = ({ drones }: DayOptions): CoordinatorPolicy => ({
  ...POLICY,
  launcherRoom: { maxDrones: Math.ceil(drones / 2), memoryBytes: Number.POSITIVE_INFINITY },
});

// --- Members ----------------------------------------------------------------------------------

async function boot(day: Day, name: string): Promise<void> {
  const member = newMember(name);
  const around = { member, clock: day.clock, random: day.random.line };
  const coordinator = createCoordinator({
    store: storeOf(around, day.judge.store),
    launchers: day.places.launchers.map((launcher) => launcherOf(around, launcher)),
    clock: memberClock(around),
    random: day.random.mind,
    newId: (prefix) => `${prefix}-${(day.ids += 1)}`,
    telemetry: silentTelemetry,
    probe: (drone, signal) => day.places.untilRunning(drone, signal),
    node: name,
    version: "0.0.0-simulated",
    reload: async () => ({ workers: [...day.workers.values()] }),
    policy: policyOf(day.options),
  });
  day.coordinators.set(name, { member, coordinator });
  void coordinator.start();
  void coordinator.apply({ workers: [...day.workers.values()] });
}

function gatewayOf(day: Day, name: string): SimGateway {
  const member = newMember(name);
  const around = { member, clock: day.clock, random: day.random.line };
  const note = (what: string): void => mix(day, what);
  return createSimGateway({
    member,
    store: storeOf(around, day.judge.store),
    clock: memberClock(around),
    real: day.clock,
    random: day.random.line,
    places: day.places,
    callTimeoutMs: CALL_TIMEOUT_MS,
    coordinatorFetch: (request) => ask(day, member, request),
    onEnd(call, end) {
      note(`${call.worker} ${end}`);
      day.judge.ended(call, end);
    },
    onBrokenChoice: day.judge.badChoice,
  });
}

/** A request to whichever coordinator chance names, over the lines of both. */
function ask(day: Day, from: Member, request: Request): Promise<Response> {
  const { clock } = day;
  const random = day.random.line;
  const all = [...day.coordinators.values()].filter(({ member }) => member.alive);
  const to = all[Math.floor(random() * all.length)];
  const silent = (): Error => new Error("The coordinator did not answer.");
  if (to === undefined) return Promise.reject(silent());
  const { member, coordinator } = to;
  // A message that comes twice is read twice.
  const once = () => coordinator.fetch(request.clone());
  return send(
    { member: from, clock, random },
    () => send({ member, clock, random }, once, silent),
    silent,
  );
}

// --- What happens -----------------------------------------------------------------------------

function callLater(day: Day, worker: string): void {
  const { clock, random } = day;
  const { afterMs, calls } = drawBurst(random.load, clock.monotonicMs());
  if (clock.monotonicMs() + afterMs > day.options.hours * 60 * MINUTE_MS) return;
  clock.after(afterMs, () => {
    for (let call = 0; call < calls; call++) {
      const gateway = day.gateways[Math.floor(random.load() * day.gateways.length)];
      gateway?.call(worker, drawCallMs(random.load));
    }
    callLater(day, worker);
  });
}

function troubleLater(day: Day): void {
  const { clock, random } = day;
  const world: TroubleWorld = {
    random: random.trouble,
    nowMs: () => clock.monotonicMs(),
    later: (delayMs, act) => void clock.after(delayMs, act),
    coordinators: () => [...day.coordinators.values()].map(({ member }) => member),
    gateways: () => day.gateways.map(({ member }) => member),
    places: day.places.all,
    behaviour: BEHAVIOUR,
    killCoordinator(member) {
      kill(member);
      clock.after(1_000 + Math.round(random.trouble() * 50_000), () => void boot(day, member.name));
    },
    reviseSome: () => revise(day),
    excuse: (untilMs) => day.judge.excuse(untilMs),
  };
  const next = (): void => {
    const afterMs = Math.round(-MEAN_TROUBLE_MS * Math.log(1 - random.trouble()));
    // The last hour's quarter is quiet: what was broken has time to heal before the end.
    if (clock.monotonicMs() + afterMs > (day.options.hours * 60 - 15) * MINUTE_MS) return;
    clock.after(afterMs, () => {
      day.troubles += 1;
      mix(day, makeTrouble(world));
      next();
    });
  };
  next();
}

function revise(day: Day): void {
  const specs = [...day.workers.values()];
  const spec = specs[Math.floor(day.random.trouble() * specs.length)];
  if (spec === undefined) return;
  day.workers.set(spec.name, { ...spec, revision: `r${(day.ids += 1)}` });
  for (const { coordinator } of day.coordinators.values()) {
    void coordinator.apply({ workers: [...day.workers.values()] });
  }
}

/** No more troubles: every worker must serve again, every call end, and then everything rest. */
async function comeToRest(day: Day): Promise<void> {
  await day.clock.run(AFTERMATH_MS);
  for (const worker of day.workers.keys()) {
    const before = answeredBy(day);
    for (let tries = 0; tries < 3 && answeredBy(day) === before; tries++) {
      day.gateways[0]?.call(worker, 100);
      await day.clock.run(MINUTE_MS);
    }
    if (answeredBy(day) === before) day.judge.broken.push(`${worker} is never served again`);
  }
  const idleMs = Math.max(...[...day.workers.values()].map(({ scale }) => scale.idleMs));
  await day.clock.run(idleMs + AFTERMATH_MS);
  day.judge.look();
  day.judge.atRest();
}

/** Calls that a drone answered; that some drones answer badly is part of the world. */
const answeredBy = (day: Day): number =>
  day.gateways.reduce((sum, { ended }) => sum + ended.served + ended.failed, 0);

async function close(day: Day): Promise<void> {
  for (const gateway of day.gateways) kill(gateway.member);
  for (const { member } of day.coordinators.values()) kill(member);
  await day.judge.store.close();
}

// --- What is told -----------------------------------------------------------------------------

/** FNV-1a over what happened and when. */
function mix(day: Day, what: string): void {
  for (const char of `${day.clock.monotonicMs()} ${what};`) {
    day.hash = Math.imul(day.hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
}

function outcomeOf(day: Day): DayOutcome {
  const calls = { served: 0, failed: 0, refused: 0, lost: 0, timed_out: 0 };
  for (const { ended } of day.gateways) {
    calls.served += ended.served;
    calls.failed += ended.failed;
    calls.refused += ended.refused;
    calls.lost += ended.lost;
    calls.timed_out += ended.timed_out;
  }
  return {
    broken: day.judge.broken,
    calls,
    troubles: day.troubles,
    starts: day.places.all.reduce((sum, place) => sum + place.stats().started, 0),
    fingerprint: day.hash.toString(16).padStart(8, "0"),
  };
}
