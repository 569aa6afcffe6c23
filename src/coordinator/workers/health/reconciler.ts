/** Keeps a worker's health record true: what it is doing, what failed, and when it is tried again. */
import type { HealthRecord } from "../../../protocol/records.ts";
import { earliest, type Step } from "../../reconcile.ts";
import type { WorkerSeen, WorkerWanted } from "../../seen.ts";
import { heldBack } from "../scale/reconciler.ts";
import { initialHealth, nextHealth, type WakeFacts } from "../wake.ts";

export function judgeHealth(wanted: WorkerWanted, seen: WorkerSeen, now: number): Step {
  const { spec, policy, stopping } = wanted;
  if (spec === undefined) return { actions: [] };
  const health = seen.health ?? initialHealth(spec.name, now);
  const facts = factsOf(seen, stopping);
  const record = withNote(nextHealth({ health, facts, policy, now }), heldBack(wanted, seen, now));
  const used = seen.failures.length;
  const changed = record !== seen.health || used > 0;
  const lookAgainAtMs = earliest([
    retryLook(record, facts, now),
    stableLook(record, facts, wanted),
  ]);
  const step: Step = { actions: changed ? [{ do: "put_health", record, used }] : [] };
  if (lookAgainAtMs !== undefined) step.lookAgainAtMs = lookAgainAtMs;
  return step;
}

function withNote(record: HealthRecord, note: string | undefined): HealthRecord {
  if (record.heldBack === note) return record;
  if (note !== undefined) return { ...record, heldBack: note };
  const { heldBack: _over, ...rest } = record;
  return rest;
}

function factsOf(seen: WorkerSeen, stopping: boolean): WakeFacts {
  const ready = seen.drones.filter((drone) => drone.record.phase === "ready");
  const since = ready.map((drone) => drone.record.readyAtMs ?? drone.record.createdAtMs);
  return {
    ready: ready.length,
    starting: seen.drones.filter((drone) => drone.record.phase === "starting").length,
    demanded: !stopping && seen.demand.desired > 0,
    readySinceMs: since.length === 0 ? undefined : Math.min(...since),
    failures: seen.failures,
    chance: seen.chance,
  };
}

/** `backing_off` turns to `waking` or `asleep` by time alone. */
function retryLook(record: HealthRecord, facts: WakeFacts, now: number): number | undefined {
  if (facts.ready > 0 || record.retryAtMs === undefined) return undefined;
  return record.retryAtMs > now ? record.retryAtMs : undefined;
}

function stableLook(
  record: HealthRecord,
  facts: WakeFacts,
  wanted: WorkerWanted,
): number | undefined {
  if (facts.readySinceMs === undefined || record.failures === 0) return undefined;
  return facts.readySinceMs + wanted.policy.stableMs;
}
