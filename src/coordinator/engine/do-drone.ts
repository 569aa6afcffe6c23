/** How each action on a drone is done. */
import type { LaunchedDrone } from "../../launchers/contract.ts";
import { DEFAULT_LIMITS } from "../../protocol/fleet.ts";
import { keys, type DroneRecord } from "../../protocol/records.ts";
import type { DroneAction } from "../actions.ts";
import { BUILTIN_LAUNCHER } from "../builtin.ts";
import { scaleWorker } from "../workers/scale/reconciler.ts";
import { memoryOf, type Engine } from "./engine.ts";
import { lookAtWorker, wantedOf } from "./look.ts";
import { untilListening } from "./until-listening.ts";

export async function doDrone(engine: Engine, action: DroneAction): Promise<void> {
  const record = engine.view.drones.get(keys.drone(action.drone))?.value;
  if (record === undefined) return;
  switch (action.do) {
    case "create":
      return create(engine, record);
    case "adopt":
      return adopt(engine, record);
    case "cancel":
      return engine.operations.cancel("create", record.id);
    case "probe":
      return probe(engine, record);
    case "mark_ready":
      engine.slots.release(record.id);
      await engine.ledger.changeDrone(record.id, {
        phase: "ready",
        readyAtMs: engine.clock.now(),
        reason: "it answered",
      });
      return;
    case "drain":
      return drain(engine, record, action);
    case "end":
      return end(engine, record, action.reason);
    case "remove":
      return remove(engine, record.id, action.reason);
    case "fail":
      memoryOf(engine, record.worker).failures.push({
        atMs: engine.clock.now(),
        reason: action.reason,
        final: action.final,
      });
      engine.telemetry.meter.count("drone_failures_total", 1, { worker: record.worker });
      engine.telemetry.log.warn("drone failed", {
        worker: record.worker,
        drone: record.id,
        reason: action.reason,
      });
  }
}

function create(engine: Engine, record: DroneRecord): void {
  const spec = engine.wanted.specs.get(record.worker);
  const launcher = engine.fleet.get(record.launcher);
  if (spec === undefined || launcher === undefined) return;
  const { revision, run, limits } = spec;
  const claim = { claimId: record.id, worker: spec.name, revision, run, limits };
  engine.operations.start({
    kind: "create",
    drone: record.id,
    timeoutMs: limits.startTimeoutMs,
    timeoutReason: `its launcher did not start it within ${limits.startTimeoutMs} ms`,
    run: (signal) => launcher.create(claim, signal),
  });
}

async function adopt(engine: Engine, record: DroneRecord): Promise<void> {
  const launched = launchedAs(engine, record.id);
  if (launched === undefined) return;
  const { handle, address } = launched;
  const changed = await engine.ledger.changeDrone(record.id, { handle, address });
  // It may have ended before anybody knew its handle, and that hint is lost.
  await engine.fleet.observe(changed);
}

function launchedAs(engine: Engine, drone: string): LaunchedDrone | undefined {
  return engine.operations.launched(drone) ?? engine.fleet.known(drone);
}

function probe(engine: Engine, record: DroneRecord): void {
  const { run, limits = DEFAULT_LIMITS } = engine.wanted.specs.get(record.worker) ?? {};
  const { startTimeoutMs } = limits;
  // Of a server that somebody else runs, silence is the answer.
  const isStarting = record.address.kind === "http" && run?.kind !== "remote";
  const { clock } = engine;
  engine.operations.start({
    kind: "probe",
    drone: record.id,
    timeoutMs: startTimeoutMs,
    timeoutReason: `it did not answer within ${startTimeoutMs} ms of its start`,
    run: (signal) => {
      if (record.launcher === BUILTIN_LAUNCHER) return Promise.resolve();
      const once = (): Promise<void> => engine.probe(record, signal);
      return isStarting ? untilListening(once, { clock, signal }) : once();
    },
  });
}

async function drain(
  engine: Engine,
  record: DroneRecord,
  action: { reason: string; ifIdle: boolean },
): Promise<void> {
  if (record.phase !== "starting" && record.phase !== "ready") return;
  if (action.ifIdle && !(await isStillIdle(engine, record))) return;
  engine.slots.release(record.id);
  engine.operations.cancel("probe", record.id);
  await engine.ledger.changeDrone(record.id, {
    phase: "draining",
    drainSinceMs: engine.clock.now(),
    reason: action.reason,
  });
}

/**
 * Demand is registered before a wake is asked for, so reading it again from the store itself, right before the
 * compare-and-set, leaves one case: demand that comes later. It finds no drone that serves, and wakes one.
 */
async function isStillIdle(engine: Engine, record: DroneRecord): Promise<boolean> {
  const { records } = engine.store;
  const { worker } = record;
  const wakeKey = keys.wake(worker);
  const [activity, wake] = await Promise.all([
    records.list(keys.activity(worker, "")),
    records.get(wakeKey),
  ]);
  const puts = activity.map((found) => ({ kind: "put" as const, record: found }));
  engine.view.activity.apply(puts, false);
  if (wake !== undefined) engine.view.wakes.apply([{ kind: "put", record: wake }], false);
  const now = engine.clock.now();
  const step = scaleWorker(wantedOf(engine, worker), lookAtWorker(engine, worker, now), now);
  return step.actions.some((again) => again.do === "drain" && again.drone === record.id);
}

/** Says so first, then asks the launcher; repeated by the drain reconciler until nothing is left. */
async function end(engine: Engine, record: DroneRecord, reason: string): Promise<void> {
  engine.slots.release(record.id);
  engine.operations.cancel("probe", record.id);
  if (record.phase !== "ending") {
    await engine.ledger.changeDrone(record.id, { phase: "ending", reason });
  }
  const launcher = engine.fleet.get(record.launcher);
  const handle = record.handle === "" ? launchedAs(engine, record.id)?.handle : record.handle;
  if (launcher !== undefined && handle !== undefined) {
    const limits = engine.wanted.specs.get(record.worker)?.limits ?? DEFAULT_LIMITS;
    if ((await launcher.end(handle, limits.graceMs)) === "ending") return;
  }
  await remove(engine, record.id, reason);
}

async function remove(engine: Engine, drone: string, reason: string): Promise<void> {
  await engine.ledger.removeDrone(drone, reason);
  engine.slots.release(drone);
  engine.operations.forget(drone);
  engine.fleet.forget(drone);
  engine.ours.delete(drone);
}
