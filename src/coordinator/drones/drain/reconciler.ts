/** Takes a drone out of service: its calls finish, then it ends, then its record goes. */
import type { ActivityRecord } from "../../../protocol/records.ts";
import { DEFAULT_LIMITS } from "../../../protocol/fleet.ts";
import { earliest, lookAgain, NOTHING, type Step } from "../../reconcile.ts";
import type { DroneSeen, WorkerWanted } from "../../seen.ts";

export interface DrainSeen extends DroneSeen {
  /** What every living gateway says of this worker. */
  activity: readonly ActivityRecord[];
  /** No gateway speaks of any worker: there is none (left). */
  noGateway: boolean;
}

export function drainDrone(wanted: WorkerWanted, seen: DrainSeen, now: number): Step {
  const { record } = seen;
  if (record.phase === "ending") return endIt(wanted, seen, now);
  if (record.phase !== "draining") return NOTHING;
  if (record.handle === "" && seen.create.state === "running") {
    return { actions: [{ do: "cancel", drone: record.id }] };
  }
  const sinceMs = record.drainSinceMs ?? now;
  const deadlineMs = sinceMs + graceMs(wanted) * (wanted.stopping ? 1 : wanted.policy.drainGraces);
  if (now >= deadlineMs) return end(seen, `${record.reason}; its calls did not finish in time`);
  const quietAtMs = quietAt(wanted, seen, sinceMs);
  if (quietAtMs !== undefined && now >= quietAtMs) return end(seen, record.reason);
  return lookAgain(earliest([quietAtMs, deadlineMs]) ?? deadlineMs);
}

/** From when on it is certain that no call is on it; undefined while some gateway has calls or has not answered. */
function quietAt(wanted: WorkerWanted, seen: DrainSeen, sinceMs: number): number | undefined {
  const { record, activity } = seen;
  if (record.readyAtMs === undefined || (wanted.stopping && seen.noGateway)) return sinceMs;
  const allSayNone = activity.every((report) => report.inFlight[record.id] === 0);
  const { stopSettleMs, drainSettleMs } = wanted.policy;
  return allSayNone ? sinceMs + (wanted.stopping ? stopSettleMs : drainSettleMs) : undefined;
}

function end(seen: DrainSeen, reason: string): Step {
  return { actions: [{ do: "end", drone: seen.record.id, reason }] };
}

/** `end` is repeated until the launcher says that nothing is left; the engine then removes the record. */
function endIt(wanted: WorkerWanted, seen: DrainSeen, now: number): Step {
  const { record } = seen;
  return {
    actions: [{ do: "end", drone: record.id, reason: record.reason }],
    lookAgainAtMs: now + wanted.policy.endPollMs,
  };
}

export function graceMs(wanted: WorkerWanted): number {
  return wanted.spec?.limits.graceMs ?? DEFAULT_LIMITS.graceMs;
}
