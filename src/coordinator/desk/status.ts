import type { FleetStatus, WorkerStatus } from "../../protocol/api.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import { keys, type WorkerRecord } from "../../protocol/records.ts";
import { LEADER_LEASE } from "../engine/leadership.ts";
import type { Engine } from "../engine/engine.ts";
import { initialHealth } from "../workers/wake.ts";

export async function fleetStatus(
  engine: Engine,
  about: { version: string; startedAtMs: number },
): Promise<FleetStatus> {
  const leader = await engine.store.leases.get(LEADER_LEASE);
  const workers = engine.view.workers.values().toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return {
    version: about.version,
    startedAtMs: about.startedAtMs,
    leader: leader?.holder ?? "",
    workers: workers.map((worker) => statusOf(engine, worker)),
  };
}

export function workerStatus(engine: Engine, name: string): WorkerStatus {
  return statusOf(engine, workerNamed(engine, name));
}

/** The worker as published, or an error that helps to find the right name. */
export function workerNamed(engine: Engine, name: string): WorkerRecord {
  const record = engine.view.workers.get(keys.worker(name))?.value;
  if (record !== undefined) return record;
  const names = engine.view.workers.values().map((worker) => worker.name);
  const shown = names.toSorted().slice(0, 20).join(", ");
  throw new FlotillaError("worker_unknown", "There is no worker of that name.", {
    hint: names.length === 0 ? "The fleet has no workers yet." : `Use one of: ${shown}.`,
  });
}

function statusOf(engine: Engine, worker: WorkerRecord): WorkerStatus {
  const { view } = engine;
  const health =
    view.health.get(keys.health(worker.name))?.value ??
    initialHealth(worker.name, engine.clock.now());
  const drones = view.drones.of(worker.name).toSorted((a, b) => a.createdAtMs - b.createdAtMs);
  const offers = view.catalogs.get(keys.catalog(worker.name))?.value.offers ?? null;
  return { ...worker, health, drones, offers };
}
