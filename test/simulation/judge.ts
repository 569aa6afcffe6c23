/** What must hold whatever happens. Each broken promise is one line of text; a run without any is a good run. */
import type { Clock } from "../../src/protocol/clock.ts";
import type { WorkerSpec } from "../../src/protocol/fleet.ts";
import type { DroneRecord } from "../../src/protocol/records.ts";
import type { PutOptions, Store } from "../../src/store/contract.ts";
import type { CoordinatorPolicy } from "../../src/coordinator/policy.ts";
import type { Call, CallEnd, SimGateway } from "./gateway.ts";
import type { LiveDrone, Places } from "./place.ts";

export interface Judge {
  readonly broken: string[];
  /** The store as the world has it: every write that took effect is looked at. */
  readonly store: Store;
  readonly records: ReadonlyMap<string, DroneRecord>;
  doubled(claimId: string): void;
  ending(drone: LiveDrone): void;
  ended(call: Call, end: CallEnd): void;
  badChoice(drone: string): void;
  /** Once a minute: what takes time to show. */
  look(): void;
  /** Troubles that began before now and end then, after which all must be well again within reason. */
  excuse(untilMs: number): void;
  /** At the end of all troubles. */
  atRest(): void;
}

export interface JudgeOptions {
  clock: Clock;
  store: Store;
  policy: CoordinatorPolicy;
  callTimeoutMs: number;
  workers: ReadonlyMap<string, WorkerSpec>;
  places: () => Places;
  gateways: () => readonly SimGateway[];
}

/** After a trouble is over: leases run out, sweeps come round, the slowest retry, a start, a drain. */
export const AFTERMATH_MS = 10 * 60_000;
/** A drone without a record, or a record without a drone, is found within a few sweeps. */
const ORPHAN_MS = 10 * 60_000;
const MAX_TOLD = 20;
const LEADER = "coordinator/leader";

export function createJudge(options: JudgeOptions): Judge {
  const { clock } = options;
  const broken: string[] = [];
  const state = { excusedUntilMs: 0, newestToken: 0 };
  const tell = (text: string): void => {
    const minutes = (clock.monotonicMs() / 60_000).toFixed(1);
    if (broken.length < MAX_TOLD) broken.push(`at ${minutes} min: ${text}`);
  };
  const excused = (): boolean => clock.monotonicMs() < state.excusedUntilMs;
  const records = new Map<string, DroneRecord>();
  const bench: Bench = { options, records, tell, excused };
  return {
    broken,
    records,
    store: watchedStore(bench, state),
    doubled: (claimId) => tell(`${claimId} was started twice`),
    ending: (drone) => checkEnding(bench, drone),
    ended: (call, end) => {
      if (end === "timed_out" && !excused()) {
        tell(`a call to ${call.worker} was neither served nor refused in time`);
      }
    },
    badChoice: (drone) => tell(`${drone} was chosen against its breaker`),
    look: () => lookAround(bench),
    excuse: (untilMs) => {
      state.excusedUntilMs = Math.max(state.excusedUntilMs, untilMs + AFTERMATH_MS);
    },
    atRest: () => checkRest(bench),
  };
}

interface Bench {
  options: JudgeOptions;
  records: Map<string, DroneRecord>;
  tell: (text: string) => void;
  excused: () => boolean;
}

// --- Every write ------------------------------------------------------------------------------

function watchedStore(bench: Bench, state: { newestToken: number }): Store {
  const { store } = bench.options;
  const { records, leases } = store;
  const checkFence = (key: string, { fence }: Pick<PutOptions, "fence">): void => {
    if (fence?.name !== LEADER || fence.token !== state.newestToken) {
      bench.tell(`${key} was written by a coordinator that does not lead`);
    }
  };
  return {
    ...store,
    // Two coordinators use it: leases are short.
    capabilities: { ...store.capabilities, shared: true },
    records: {
      ...records,
      async put(key, value, put = {}) {
        const outcome = await records.put(key, value, put);
        if (outcome.ok && key.startsWith("drone/")) {
          checkFence(key, put);
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a coordinator writes under this key
          bench.records.set(key, value as DroneRecord);
          checkBounds(bench, key);
        }
        return outcome;
      },
      async delete(key, put = {}) {
        const removed = await records.delete(key, put);
        if (removed && key.startsWith("drone/")) {
          checkFence(key, put);
          bench.records.delete(key);
        }
        return removed;
      },
    },
    leases: {
      ...leases,
      async acquire(name, holder, ttlMs) {
        const lease = await leases.acquire(name, holder, ttlMs);
        if (lease !== undefined) {
          if (lease.token <= state.newestToken) bench.tell("two leaders got the same token");
          state.newestToken = lease.token;
        }
        return lease;
      },
    },
  };
}

function checkBounds({ options, records, tell }: Bench, key: string): void {
  const changed = records.get(key);
  if (changed === undefined) return;
  const max = options.workers.get(changed.worker)?.scale.maxDrones ?? 0;
  let serving = 0;
  let all = 0;
  let there = 0;
  for (const drone of records.values()) {
    if (drone.launcher === changed.launcher) there += 1;
    if (drone.worker !== changed.worker) continue;
    all += 1;
    const serves = drone.phase === "starting" || drone.phase === "ready";
    if (serves && drone.revision === changed.revision) serving += 1;
  }
  const room = options.policy.launcherRoom.maxDrones;
  if (serving > max) tell(`${serving} drones of ${changed.worker} serve, at most ${max} may`);
  if (all > 2 * max) tell(`${all} drones of ${changed.worker} exist, at most ${2 * max} may`);
  if (there > room) tell(`${there} drones are at ${changed.launcher}, at most ${room} may`);
}

/** Nothing is ended under a call before its time. */
function checkEnding(bench: Bench, drone: LiveDrone): void {
  const { options, records, tell, excused } = bench;
  const calls = options
    .gateways()
    .flatMap((gateway) => [...gateway.calls])
    .filter((call) => call.drone === drone.claimId).length;
  if (calls === 0 || excused()) return;
  const record = records.get(`drone/${drone.claimId}`);
  const spec = options.workers.get(drone.worker);
  const patienceMs = (spec?.limits.graceMs ?? 0) * options.policy.drainGraces;
  const deadlineMs = (record?.drainSinceMs ?? Number.POSITIVE_INFINITY) + patienceMs;
  if (record !== undefined && options.clock.now() >= deadlineMs) return;
  tell(`${drone.claimId} was ended under ${calls} calls: ${record?.reason ?? "it had no record"}`);
}

// --- Once a minute ----------------------------------------------------------------------------

function lookAround(bench: Bench): void {
  const { options, records, tell, excused } = bench;
  const now = options.clock.monotonicMs();
  for (const call of options.gateways().flatMap((gateway) => [...gateway.calls])) {
    const late = now - call.bornMs > 4 * options.callTimeoutMs;
    if (late) tell(`a call to ${call.worker} never ended`);
  }
  if (excused()) return;
  for (const drone of options.places().alive()) {
    const orphan = !records.has(`drone/${drone.claimId}`);
    if (orphan && now - drone.bornMs > ORPHAN_MS) tell(`${drone.claimId} belongs to nobody`);
  }
}

// --- At the end -------------------------------------------------------------------------------

function checkRest({ options, records, tell }: Bench): void {
  const alive = options.places().alive();
  for (const { claimId } of alive) {
    if (!records.has(`drone/${claimId}`)) tell(`${claimId} was left running`);
  }
  const live = new Set(alive.map(({ claimId }) => claimId));
  for (const { id, phase, reason } of records.values()) {
    if (!live.has(id)) tell(`${id} was left recorded: ${phase}, ${reason}`);
  }
  for (const { name, scale } of options.workers.values()) {
    const count = alive.filter(({ worker }) => worker === name).length;
    const warm = Math.max(scale.minDrones, Math.min(scale.maxDrones, scale.warmDrones ?? 0));
    const least = warm;
    if (count < least) tell(`${name} rests with ${count} drones, it should keep ${least}`);
    if (count > least && scale.predict !== true) {
      tell(`${name} rests with ${count} drones, ${least} would do`);
    }
  }
}
