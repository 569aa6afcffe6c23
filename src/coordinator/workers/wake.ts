/**
 * The wake/sleep state machine of one worker. Level-based: the next state follows from the last health record and the
 * facts of the moment, so a missed or doubled event cannot lead it astray.
 *
 *     asleep ──demand──▶ waking ──ready──▶ ready ──idle──▶ asleep
 *                          │ failed          │ lost
 *                          ▼                 ▼
 *                     backing_off / crash_loop ──retry time──▶ waking (with demand) or asleep (without)
 */
import type { HealthRecord, WorkerState } from "../../protocol/records.ts";
import type { CoordinatorPolicy } from "../policy.ts";
import type { Failure } from "../seen.ts";

export interface WakeFacts {
  /** Drones that can take calls now. */
  ready: number;
  /** Drones on their way, or about to be. */
  starting: number;
  /** Somebody waits, or the configuration wants drones. */
  demanded: boolean;
  /** Since when the longest-ready drone is ready. */
  readySinceMs: number | undefined;
  failures: readonly Failure[];
  /** In [0, 1): spreads the retries of many workers that failed together. */
  chance: number;
}

/** Every change of state there is; anything else is a bug, and a test says so. */
export const TRANSITIONS: Readonly<Record<WorkerState, readonly WorkerState[]>> = {
  asleep: ["waking", "ready", "backing_off", "crash_loop"],
  waking: ["ready", "asleep", "backing_off", "crash_loop"],
  ready: ["asleep", "waking", "backing_off", "crash_loop"],
  backing_off: ["waking", "ready", "asleep", "crash_loop"],
  crash_loop: ["waking", "ready", "asleep", "backing_off"],
};

export function initialHealth(worker: string, now: number): HealthRecord {
  return { worker, state: "asleep", failures: 0, sinceMs: now };
}

/** Whether a drone may be started, as far as failures go. */
export function mayStart(health: HealthRecord | undefined, now: number): boolean {
  return health?.retryAtMs === undefined || health.retryAtMs <= now;
}

/** The health after `facts`. The same object when nothing changed. */
export function nextHealth(options: {
  health: HealthRecord;
  facts: WakeFacts;
  policy: CoordinatorPolicy;
  now: number;
}): HealthRecord {
  const { health, facts, policy, now } = options;
  let next = health;
  if (facts.failures.length > 0) next = withFailures(next, options);
  else if (isStable(health, facts, options)) next = withoutFailures(next);
  const state = stateOf(next, { facts, policy, now });
  return state === next.state ? next : { ...next, state, sinceMs: now };
}

/** A crash loop: too many failures in a row, or too many within the window although drones turned ready between. */
export function isCrashLoop(health: HealthRecord, policy: CoordinatorPolicy, now: number): boolean {
  const recent = (health.recentFailuresMs ?? []).filter((at) => at > now - policy.crashWindowMs);
  return health.failures >= policy.crashLoopFailures || recent.length >= policy.crashLoopFailures;
}

function stateOf(
  health: HealthRecord,
  at: { facts: WakeFacts; policy: CoordinatorPolicy; now: number },
): WorkerState {
  if (at.facts.ready > 0) return "ready";
  if (at.facts.starting > 0) return "waking";
  if (!mayStart(health, at.now)) return isLooping(health, at) ? "crash_loop" : "backing_off";
  // Past the retry time the verdict is lifted, or callers would be refused for ever and nothing tried again.
  return at.facts.demanded ? "waking" : "asleep";
}

/** The verdict was made when the failure came; time passing alone does not soften it before the retry. */
function isLooping(health: HealthRecord, at: { policy: CoordinatorPolicy; now: number }): boolean {
  return health.state === "crash_loop" || isCrashLoop(health, at.policy, at.now);
}

function isStable(
  health: HealthRecord,
  facts: WakeFacts,
  at: { policy: CoordinatorPolicy; now: number },
): boolean {
  if (health.failures === 0 && (health.recentFailuresMs ?? []).length === 0) return false;
  if (facts.readySinceMs === undefined || facts.ready === 0) return false;
  return at.now - facts.readySinceMs >= at.policy.stableMs;
}

/**
 * A drone that stays ready ends the row of failures. The times within the window stay: a worker that dies every
 * twenty seconds is a crash loop although each drone looked well for a while.
 */
function withoutFailures(health: HealthRecord): HealthRecord {
  if (health.failures === 0 && health.retryAtMs === undefined) return health;
  const next: HealthRecord = { ...health, failures: 0 };
  delete next.retryAtMs;
  delete next.lastError;
  return next;
}

function withFailures(
  health: HealthRecord,
  at: { facts: WakeFacts; policy: CoordinatorPolicy; now: number },
): HealthRecord {
  const { policy, now, facts } = at;
  const last = facts.failures.at(-1);
  const recentFailuresMs = [
    ...(health.recentFailuresMs ?? []),
    ...facts.failures.map((f) => f.atMs),
  ]
    .filter((time) => time > now - policy.crashWindowMs)
    .slice(-policy.crashLoopFailures);
  const next: HealthRecord = {
    ...health,
    failures: health.failures + facts.failures.length,
    lastError: last?.reason ?? health.lastError ?? "",
    recentFailuresMs,
  };
  const hopeless = last?.final === true || isCrashLoop(next, policy, now);
  next.retryAtMs = now + (hopeless ? slowDelay(policy, facts.chance) : delay(next.failures, at));
  // Remembered here because `stateOf` cannot see that the launcher called it final.
  if (hopeless && facts.ready === 0)
    return { ...next, state: "crash_loop", sinceMs: sinceOf(health, now) };
  return next;
}

function sinceOf(health: HealthRecord, now: number): number {
  return health.state === "crash_loop" ? health.sinceMs : now;
}

/** Exponential with full jitter: anywhere between the floor and the doubled base, so that herds disperse. */
function delay(failures: number, at: { facts: WakeFacts; policy: CoordinatorPolicy }): number {
  const { backoffBaseMs, backoffCapMs, backoffFloorMs } = at.policy;
  const ceiling = Math.min(backoffCapMs, backoffBaseMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(Math.max(backoffFloorMs, at.facts.chance * ceiling));
}

/** Half of it is certain: a crash loop is retried slowly even when the dice are kind. */
function slowDelay(policy: CoordinatorPolicy, chance: number): number {
  return Math.round(policy.crashLoopRetryMs * (0.5 + chance / 2));
}
