/** Gathers what a worker's reconcilers are shown. Reading only, no waiting. */
import { keys, type DroneRecord } from "../../protocol/records.ts";
import type { DrainSeen } from "../drones/drain/reconciler.ts";
import type { DroneSeen, WorkerSeen, WorkerWanted } from "../seen.ts";
import { measureDemand, NO_DEMAND } from "../workers/demand.ts";
import { memoryOf, type Engine } from "./engine.ts";

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
  const demand =
    spec === undefined
      ? NO_DEMAND
      : measureDemand({ spec, activity, wake, drones, previous: memory.wantedAtMs, now });
  memory.wantedAtMs = demand.wantedAtMs;
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
    chance: engine.random(),
  };
}

export function lookAtDrone(engine: Engine, record: DroneRecord): DroneSeen {
  return {
    record,
    create: engine.operations.state("create", record.id),
    probe: engine.operations.state("probe", record.id),
    launched: engine.fleet.observation(record.id),
    outlivesUs: engine.fleet.get(record.launcher)?.capabilities.survivesRestart ?? false,
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
