/** How each action on a worker is done. */
import { isFlotillaError, messageOf } from "../../protocol/errors.ts";
import type { DroneRecord } from "../../protocol/records.ts";
import type { WorkerSpec } from "../../protocol/fleet.ts";
import type { WorkerAction } from "../actions.ts";
import { memoryOf, type Engine } from "./engine.ts";
import { reservedBytes, roomAt } from "./room.ts";

export async function doWorker(engine: Engine, action: WorkerAction): Promise<void> {
  const { ledger } = engine;
  switch (action.do) {
    case "put_worker":
      return ledger.putWorker(action.record);
    case "delete_worker":
      return ledger.deleteWorker(action.worker);
    case "forget_worker":
      await ledger.forget(action.worker);
      engine.memory.delete(action.worker);
      engine.guard.forget(action.worker);
      return;
    case "put_catalog":
      return ledger.putShippedCatalog(action.record);
    case "put_health":
      await ledger.putHealth(action.record);
      memoryOf(engine, action.record.worker).failures.splice(0, action.used);
      return;
    case "put_history":
      return ledger.putHistory(action.record);
    case "claim":
      await claimOrFail(engine, action.worker, action.reason);
      return;
    case "await_slot":
      return engine.slots.await(action.worker);
    case "clear_wake":
      return ledger.clearWake(action.worker);
  }
}

async function claimOrFail(engine: Engine, worker: string, reason: string): Promise<void> {
  const spec = engine.wanted.specs.get(worker);
  if (spec === undefined) return;
  try {
    engine.fleet.choose(spec, 0);
  } catch (error) {
    const failure = { atMs: engine.clock.now(), reason: messageOf(error), final: isFinal(error) };
    memoryOf(engine, worker).failures.push(failure);
    return engine.poke(worker);
  }
  await claimDrone(engine, spec, reason);
}

/** What lacks room, or a node that fits, may get it later. */
function isFinal(error: unknown): boolean {
  return !(isFlotillaError(error) && error.code === "launcher_capacity");
}

/** Records the intent to have one more drone. Launching it is the next pass's work, whoever does that pass. */
export async function claimDrone(
  engine: Engine,
  spec: WorkerSpec,
  reason: string,
): Promise<DroneRecord> {
  const failures = engine.view.health.of(spec.name)[0]?.failures ?? 0;
  const memoryBytes = reservedBytes(spec);
  const fits = (name: string): boolean => roomAt(engine, name, memoryBytes) > 0;
  const launcher = engine.fleet.choose(spec, failures, fits).name;
  const now = engine.clock.now();
  const record: DroneRecord = {
    id: engine.newId("drone"),
    worker: spec.name,
    revision: spec.revision,
    launcher,
    handle: "",
    phase: "starting",
    address: { kind: "link", node: engine.node, launcher },
    createdAtMs: now,
    ...(memoryBytes > 0 ? { memoryBytes } : {}),
    reason,
  };
  engine.ours.add(record.id);
  engine.slots.take(record.id, now);
  engine.guard.take(spec, now);
  try {
    await engine.ledger.addDrone(record);
  } catch (error) {
    engine.ours.delete(record.id);
    engine.slots.release(record.id);
    throw error;
  }
  engine.telemetry.meter.count("drone_starts_total", 1, { worker: spec.name });
  return record;
}
