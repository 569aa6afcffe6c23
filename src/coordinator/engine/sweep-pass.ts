/** Runs the sweep: asks all launchers what they run and squares it with the records. */
import { DEFAULT_LIMITS } from "../../protocol/fleet.ts";
import { messageOf } from "../../protocol/errors.ts";
import { keys, type DroneRecord } from "../../protocol/records.ts";
import type { SweepAction } from "../actions.ts";
import { sweepDrones } from "../drones/sweep/reconciler.ts";
import type { Engine } from "./engine.ts";
import { outlives } from "./outlives.ts";

export async function passSweep(engine: Engine): Promise<number | undefined> {
  if (!engine.leadership.leads()) return undefined;
  const handles = engine.view.drones.values().filter((record) => record.handle !== "");
  const settled = new Set(handles.map((record) => record.id));
  const launchers = await engine.fleet.listAll();
  const drones = engine.view.drones.values().map((record) => ({
    record,
    previousLife: isPreviousLife(engine, record),
    settled: settled.has(record.id),
  }));
  const { sweepMs, endPollMs } = engine.policy;
  const seen = { launchers, known: engine.fleet.names(), drones };
  const step = sweepDrones({ sweepMs, endPollMs }, seen, engine.clock.now());
  // Each on its own: an orphan that cannot be ended must not hide the others.
  for (const action of step.actions) {
    try {
      await perform(engine, action);
    } catch (error) {
      engine.telemetry.log.warn("sweep action failed", {
        action: action.do,
        error: messageOf(error),
      });
    }
  }
  return step.lookAgainAtMs;
}

function isPreviousLife(engine: Engine, record: DroneRecord): boolean {
  const launcher = engine.fleet.get(record.launcher);
  if (launcher === undefined || outlives(launcher, record)) return false;
  return !engine.ours.has(record.id);
}

async function perform(engine: Engine, action: SweepAction): Promise<void> {
  switch (action.do) {
    case "end_orphan": {
      engine.telemetry.log.warn("ending a drone without an owner", {
        launcher: action.launcher,
        claim: action.claim,
      });
      const launcher = engine.fleet.get(action.launcher);
      const answer = await launcher?.end(action.handle, DEFAULT_LIMITS.graceMs);
      if (answer === "gone") engine.fleet.forget(action.claim);
      return;
    }
    case "note_gone": {
      engine.fleet.noteGone(action.drone, action.reason);
      const worker = engine.view.drones.get(keys.drone(action.drone))?.value.worker;
      if (worker !== undefined) engine.poke(worker);
      return;
    }
    case "remove": {
      const record = engine.view.drones.get(keys.drone(action.drone))?.value;
      if (record === undefined) return;
      await engine.lock(record.worker, () =>
        engine.ledger.removeDrone(action.drone, action.reason),
      );
      return;
    }
  }
}
