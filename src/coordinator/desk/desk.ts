/** What people and gateways may ask of the coordinator. API routes and MCP tools are two ways to this one desk. */
import type {
  FleetStatus,
  RetireAnswer,
  RetireRequest,
  SpawnRequest,
  WakeAnswer,
  WakeRequest,
  WorkerStatus,
} from "../../protocol/api.ts";
import type { DroneRecord } from "../../protocol/records.ts";
import type { Engine } from "../engine/engine.ts";
import { retireDrone, retireWorker } from "./retire.ts";
import { spawnDrone } from "./spawn.ts";
import { fleetStatus, workerStatus } from "./status.ts";
import { wakeWorker } from "./wake.ts";

export interface FleetDesk {
  fleet(): Promise<FleetStatus>;
  worker(name: string): WorkerStatus;
  drones(): DroneRecord[];
  wake(worker: string, request: WakeRequest): Promise<WakeAnswer>;
  spawn(request: SpawnRequest): Promise<DroneRecord>;
  retire(worker: string, request: RetireRequest): Promise<RetireAnswer>;
  retireDrone(id: string, request: RetireRequest): Promise<DroneRecord>;
}

export interface DeskOptions {
  engine: Engine;
  version: string;
  startedAtMs: number;
}

export function createFleetDesk({ engine, version, startedAtMs }: DeskOptions): FleetDesk {
  return {
    fleet: () => fleetStatus(engine, { version, startedAtMs }),
    worker: (name) => workerStatus(engine, name),
    drones: () => engine.view.drones.values().toSorted((a, b) => a.createdAtMs - b.createdAtMs),
    wake: (worker, request) => wakeWorker(engine, worker, request),
    spawn: (request) => spawnDrone(engine, request),
    retire: (worker, request) => retireWorker(engine, worker, request),
    retireDrone: (id, request) => retireDrone(engine, id, request),
  };
}
