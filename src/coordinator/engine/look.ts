/** Gathers what a worker's reconcilers are shown. Reading only, no waiting. */
import { keys, type DroneRecord } from "../../protocol/records.ts";
import type { DrainSeen } from "../drones/drain/reconciler.ts";
import type { WorkerSpec } from "../../protocol/fleet.ts";
import type { DroneSeen, StartAllowance, WorkerSeen, WorkerWanted } from "../seen.ts";
import { measureDemand, NO_DEMAND } from "../workers/demand.ts";
import { memoryOf, type Engine } from "./engine.ts";
import { outlives } from "./outlives.ts";
import { reservedBytes, roomAt } from "./room.ts";

export function wantedOf(engine: Engine, worker: string): WorkerWanted {
  return {
    spec: engine.wanted.specs.get(worker),
    stopping: engine.wanted.stopping,
    policy: engine.policy,
  };
}

export function lookAtWorker(engine: Engine, worker: string, now: number): WorkerSeen {
  const { view } = engine;
  const memory = memoryOf(engine, worker);
  const spec = engine.wanted.specs.get(worker);
  const drones = view.drones.of(worker).map((record) => lookAtDrone(engine, record));
  const activity = view.activity.of(worker);
  const wake = view.wakes.get(keys.wake(worker))?.value;
  const stored = view.history.get(keys.history(worker))?.value;
  const { wantedAtMs: previous, load, history = stored } = memory;
  const demand =
    spec === undefined
      ? NO_DEMAND
      : measureDemand({ spec, activity, wake, drones, previous, load, history, now });
  memory.wantedAtMs = demand.wantedAtMs;
  memory.load = demand.load;
  memory.history = demand.history;
  return {
    worker: view.workers.get(keys.worker(worker))?.value,
    health: view.health.get(keys.health(worker))?.value,
    catalogRevision: view.catalogs.get(keys.catalog(worker))?.value.revision,
    wake,
    drones,
    activity,
    demand,
    failures: [...memory.failures],
    startSlots: engine.slots.free(now),
    allowance: spec === undefined ? NO_STARTS : allowanceOf(engine, spec, now),
    history: stored,
    chance: engine.random(),
  };
}

const NO_STARTS: StartAllowance = { tokens: 0, nextTokenAtMs: 0, room: 0 };

function allowanceOf(engine: Engine, spec: WorkerSpec, now: number): StartAllowance {
  const bytes = reservedBytes(spec);
  const room = engine.fleet
    .able(spec)
    .reduce((sum, launcher) => sum + roomAt(engine, launcher.name, bytes), 0);
  return { ...engine.guard.look(spec, now), room };
}

export function lookAtDrone(engine: Engine, record: DroneRecord): DroneSeen {
  const launcher = engine.fleet.get(record.launcher);
  return {
    record,
    create: engine.operations.state("create", record.id),
    probe: engine.operations.state("probe", record.id),
    launched: engine.fleet.observation(record.id),
    outlivesUs: launcher !== undefined && outlives(launcher, record),
    leaving: engine.fleet.isLeaving(record),
  };
}

/** With what gateways say, which only matters on the way out. */
export function lookAtDrain(engine: Engine, record: DroneRecord): DrainSeen {
  return {
    ...lookAtDrone(engine, record),
    activity: engine.view.activity.of(record.worker),
    noGateway: engine.view.activity.isEmpty(),
  };
}
