/** Turns a recorded claim into a running drone, exactly once however often it is asked. */
import { lookAgain, NOTHING, type Step } from "../../reconcile.ts";
import type { DroneSeen, WorkerWanted } from "../../seen.ts";

export function launchDrone(wanted: WorkerWanted, seen: DroneSeen, now: number): Step {
  const { record, create, launched } = seen;
  if (record.phase !== "starting" || record.handle !== "") return NOTHING;
  const drone = record.id;
  switch (create.state) {
    case "running":
      return NOTHING;
    case "done":
      return { actions: [{ do: "adopt", drone }] };
    case "failed":
      return failed(wanted, seen, now);
    case "none":
      break;
  }
  // The liveness reconciler deals with it.
  if (launched.state === "ended") return NOTHING;
  // Found after a restart: claimed by a former self that died before it could note the handle.
  if (launched.state === "alive") return { actions: [{ do: "adopt", drone }] };
  const stillWanted = wanted.spec?.revision === record.revision && !wanted.stopping;
  if (!stillWanted) return { actions: [{ do: "remove", drone, reason: "no longer wanted" }] };
  return { actions: [{ do: "create", drone }] };
}

function failed(wanted: WorkerWanted, seen: DroneSeen, now: number): Step {
  const { record, create } = seen;
  if (create.state !== "failed") return NOTHING;
  const drone = record.id;
  const patienceMs = wanted.spec?.limits.startTimeoutMs ?? 0;
  // The place is not ready to start anything: the worker is not to blame, until its time is up.
  if (create.code === "launcher_not_ready" && now < record.createdAtMs + patienceMs) {
    if (now < create.retryAtMs) return lookAgain(create.retryAtMs);
    return { actions: [{ do: "create", drone }] };
  }
  const final = create.code === "launcher_denied";
  return {
    actions: [
      { do: "fail", drone, reason: create.message, final },
      // Nothing was left behind (the launcher's promise); what a broken launcher leaves, the sweep finds.
      { do: "remove", drone, reason: create.message },
    ],
  };
}
