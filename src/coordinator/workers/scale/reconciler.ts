/**
 * Starts drones for demand and retires idle ones. Never more than `maxDrones`, no more than fit, and not faster than
 * the guard against storms lets them through; what is held back is said in the worker's health.
 */
import type { WorkerSpec } from "../../../protocol/fleet.ts";
import type { Action } from "../../actions.ts";
import { joinSteps, lookAgain, NOTHING, type Step } from "../../reconcile.ts";
import { isServing, type DroneSeen, type WorkerSeen, type WorkerWanted } from "../../seen.ts";
import type { Demand } from "../demand.ts";
import { mayStart } from "../wake.ts";

/** A slot may also become free by time alone. */
const SLOT_WAIT_MS = 1_000;
/** Room comes from drones of other workers, whose going nobody tells this one. */
const ROOM_WAIT_MS = 5_000;

export function scaleWorker(wanted: WorkerWanted, seen: WorkerSeen, now: number): Step {
  const { spec, stopping } = wanted;
  if (spec === undefined) return NOTHING;
  if (stopping) return { actions: settleWake(seen, now, true) };
  const wakeDone: Step = { actions: settleWake(seen, now, false) };
  const ours = currentDrones(spec, seen);
  const missing = seen.demand.desired - ours.length;
  const scaled =
    missing > 0
      ? startMore(spec, { seen, ours, missing, now })
      : retireIdle(spec, { seen, ours, now });
  return joinSteps([scaled, wakeDone, keepHistory(seen), demandLook(seen.demand)]);
}

function currentDrones(spec: WorkerSpec, seen: WorkerSeen): DroneSeen[] {
  return seen.drones.filter((d) => isServing(d) && d.record.revision === spec.revision);
}

function demandLook({ lookAgainAtMs }: Demand): Step {
  return lookAgainAtMs === undefined ? NOTHING : lookAgain(lookAgainAtMs);
}

/** Once per slot: what is lost with this process is five minutes of memory. */
function keepHistory({ demand, history }: WorkerSeen): Step {
  if (demand.history === undefined || demand.history.slot === history?.slot) return NOTHING;
  return { actions: [{ do: "put_history", record: demand.history }] };
}

/** Why fewer drones are started than wanted, for the health record; undefined when nothing holds them back. */
export function heldBack(wanted: WorkerWanted, seen: WorkerSeen, now: number): string | undefined {
  const { spec, stopping } = wanted;
  if (spec === undefined || stopping || !mayStart(seen.health, now)) return undefined;
  const missing = seen.demand.desired - currentDrones(spec, seen).length;
  if (missing <= 0) return undefined;
  const { room, tokens } = seen.allowance;
  if (room < missing) return "there is no room for more drones where it can run";
  if (tokens < missing) return "too many drones were started lately; more follow one by one";
  return undefined;
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
  const { tokens, nextTokenAtMs, room } = seen.allowance;
  const starts = Math.min(allowed, seen.startSlots, tokens, room);
  const reason = seen.wake === undefined ? "calls are waiting" : `woken by ${seen.wake.by}`;
  const actions: Action[] = Array.from({ length: Math.max(0, starts) }, () => ({
    do: "claim",
    worker: spec.name,
    reason: seen.demand.waiting + seen.demand.inFlight > 0 ? "calls are waiting" : reason,
  }));
  if (starts >= allowed) return { actions };
  if (room <= starts) return { actions, lookAgainAtMs: now + ROOM_WAIT_MS };
  if (tokens <= starts) return { actions, lookAgainAtMs: Math.max(now + 1, nextTokenAtMs) };
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
