/** Probes a started drone and lets it take calls, or ends it with a reason when it does not answer. */
import { NOTHING, type Step } from "../../reconcile.ts";
import type { DroneSeen, WorkerWanted } from "../../seen.ts";

export function readyDrone(_wanted: WorkerWanted, seen: DroneSeen): Step {
  const { record, probe, launched } = seen;
  if (record.phase !== "starting" || record.handle === "" || launched.state === "ended") {
    return NOTHING;
  }
  const drone = record.id;
  switch (probe.state) {
    case "none":
      return { actions: [{ do: "probe", drone }] };
    case "done":
      return { actions: [{ do: "mark_ready", drone }] };
    case "failed":
      return {
        actions: [
          { do: "fail", drone, reason: probe.message, final: false },
          { do: "end", drone, reason: probe.message },
        ],
      };
    default:
      return NOTHING;
  }
}
