/** Notices that a drone is gone. A drone that was not asked to go counts as a failure of its worker. */
import { NOTHING, type Step } from "../../reconcile.ts";
import type { DroneSeen, WorkerWanted } from "../../seen.ts";

export function droneLiveness(_wanted: WorkerWanted, seen: DroneSeen): Step {
  const { record, launched } = seen;
  if (launched.state !== "ended") return NOTHING;
  const drone = record.id;
  const { reason } = launched;
  if (record.phase === "ending") return NOTHING;
  // By way of `ending`: children that it left are ended too before the record goes.
  if (record.phase === "draining") return { actions: [{ do: "end", drone, reason }] };
  return {
    actions: [
      { do: "fail", drone, reason, final: false },
      { do: "end", drone, reason },
    ],
  };
}
