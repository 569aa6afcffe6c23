/**
 * Sends drones away that have no future: of a removed worker, of an older revision, or when Flotilla ends. Drones of
 * workers that did not change are never touched.
 */
import { NOTHING, type Step } from "../../reconcile.ts";
import { isServing, type DroneSeen, type WorkerSeen, type WorkerWanted } from "../../seen.ts";

export function reviseDrones(wanted: WorkerWanted, seen: WorkerSeen): Step {
  const { spec } = wanted;
  const serving = seen.drones.filter(isServing);
  if (serving.length === 0) return NOTHING;
  if (wanted.stopping) {
    return drainAll(
      serving.filter((drone) => !drone.outlivesUs),
      "Flotilla is stopping",
    );
  }
  if (spec === undefined) return drainAll(serving, "the worker was removed from the fleet");
  const stranded = serving.filter((drone) => drone.leaving);
  if (stranded.length > 0) return drainAll(stranded, "its node is leaving");
  const old = serving.filter((drone) => drone.record.revision !== spec.revision);
  if (old.length === 0) return NOTHING;
  const successorReady = serving.some(
    (drone) => drone.record.revision === spec.revision && drone.record.phase === "ready",
  );
  // While calls come, the old revision serves until the new one can: a change never makes a gap, and a new revision
  // that does not start does not take the worker down.
  const leaving = old.filter(
    (drone) => drone.record.phase === "starting" || successorReady || seen.demand.desired === 0,
  );
  return drainAll(leaving, "replaced by a newer revision");
}

function drainAll(drones: readonly DroneSeen[], reason: string): Step {
  return {
    actions: drones.map((drone) => ({
      do: "drain",
      drone: drone.record.id,
      reason,
      ifIdle: false,
    })),
  };
}
