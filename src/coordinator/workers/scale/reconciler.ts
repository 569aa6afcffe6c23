/** Starts drones for demand and retires idle ones. One start per burst, never more than `maxDrones`. */
import type { WorkerSpec } from "../../../protocol/fleet.ts";
import type { Action } from "../../actions.ts";
import { joinSteps, lookAgain, NOTHING, type Step } from "../../reconcile.ts";
import { isServing, type DroneSeen, type WorkerSeen, type WorkerWanted } from "../../seen.ts";
import { mayStart } from "../wake.ts";

/** A slot may also become free by time alone. */
const SLOT_WAIT_MS = 1_000;

export function scaleWorker(wanted: WorkerWanted, seen: WorkerSeen, now: number): Step {
  const { spec, stopping } = wanted;
  if (spec === undefined) return NOTHING;
  if (stopping) return { actions: settleWake(seen, now, true) };
  const wakeDone: Step = { actions: settleWake(seen, now, false) };
  const ours = seen.drones.filter((d) => isServing(d) && d.record.revision === spec.revision);
  const missing = seen.demand.desired - ours.length;
  const scaled =
    missing > 0
      ? startMore(spec, { seen, ours, missing, now })
      : retireIdle(spec, { seen, ours, now });
  return joinSteps([scaled, wakeDone]);
}

/** A wake is done when a drone is ready, or when the worker may not be tried: the asker was told so. */
function settleWake(seen: WorkerSeen, now: number, refuse: boolean): Action[] {
  if (seen.wake === undefined) return [];
  const served = seen.drones.some((drone) => drone.record.phase === "ready");
  const starting = seen.drones.some((drone) => drone.record.phase === "starting");
  const refused = refuse || (!starting && !mayStart(seen.health, now));
  return served || refused ? [{ do: "clear_wake", worker: seen.wake.worker }] : [];
}

function startMore(
  spec: WorkerSpec,
  at: { seen: WorkerSeen; ours: DroneSeen[]; missing: number; now: number },
): Step {
  const { seen, ours, now } = at;
  if (!mayStart(seen.health, now)) return lookAgain(seen.health?.retryAtMs ?? now);
  let allowed = at.missing;
  // Draining drones do not hold a start back, but they may not pile up either.
  allowed = Math.min(allowed, 2 * Math.max(1, spec.scale.maxDrones) - seen.drones.length);
  // After a failure one drone tries first; the others follow once it is ready.
  if ((seen.health?.failures ?? 0) > 0) {
    allowed = Math.min(allowed, ours.some((d) => d.record.phase === "starting") ? 0 : 1);
  }
  if (allowed <= 0) return NOTHING;
  const starts = Math.min(allowed, seen.startSlots);
  const reason = seen.wake === undefined ? "calls are waiting" : `woken by ${seen.wake.by}`;
  const actions: Action[] = Array.from({ length: Math.max(0, starts) }, () => ({
    do: "claim",
    worker: spec.name,
    reason: seen.demand.waiting + seen.demand.inFlight > 0 ? "calls are waiting" : reason,
  }));
  if (starts >= allowed) return { actions };
  actions.push({ do: "await_slot", worker: spec.name });
  return { actions, lookAgainAtMs: now + SLOT_WAIT_MS };
}

function retireIdle(
  spec: WorkerSpec,
  at: { seen: WorkerSeen; ours: DroneSeen[]; now: number },
): Step {
  const { seen, ours, now } = at;
  if (spec.run.kind === "builtin") return NOTHING;
  const keep = Math.max(spec.scale.minDrones, seen.demand.desired);
  const candidates = ours
    .filter((d) => d.record.phase === "ready" && callsOn(seen, d) === 0)
    .toSorted((a, b) => b.record.createdAtMs - a.record.createdAtMs);
  const actions: Action[] = [];
  let count = ours.length;
  for (const drone of candidates) {
    const idleAtMs = (seen.demand.wantedAtMs[count - 1] ?? now) + spec.scale.idleMs;
    if (count <= keep) break;
    if (idleAtMs > now) return { actions, lookAgainAtMs: idleAtMs };
    const reason = `no call for ${Math.round(spec.scale.idleMs / 1000)} s`;
    actions.push({ do: "drain", drone: drone.record.id, reason, ifIdle: true });
    count -= 1;
  }
  return { actions };
}

function callsOn(seen: WorkerSeen, drone: DroneSeen): number {
  return seen.activity.reduce((sum, record) => sum + (record.inFlight[drone.record.id] ?? 0), 0);
}
