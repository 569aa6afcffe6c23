import { FlotillaError } from "../../protocol/errors.ts";
import type { HealthRecord } from "../../protocol/records.ts";

type Failing = Pick<HealthRecord, "state" | "lastError" | "retryAtMs">;

/**
 * The error of a worker that is not going to start now; undefined when it may. A retry time that has passed means
 * that the next wake will be tried, so the record is out of date rather than bad news.
 */
export function unavailable(
  worker: string,
  health: Failing | undefined,
  nowMs: number,
): FlotillaError | undefined {
  if (health === undefined || !isFailing(health.state)) return undefined;
  const { retryAtMs, lastError, state } = health;
  if (retryAtMs !== undefined && retryAtMs <= nowMs) return undefined;
  const reason = lastError ?? "it failed to start";
  const isLoop = state === "crash_loop";
  const what = isLoop ? "keeps crashing" : "is not available";
  return new FlotillaError(
    isLoop ? "worker_crash_loop" : "worker_unavailable",
    `The worker ${worker} ${what}: ${/[.!?]$/.test(reason) ? reason : `${reason}.`}`,
    {
      retryable: retryAtMs !== undefined,
      ...(retryAtMs === undefined ? {} : { retryAfterMs: retryAtMs - nowMs }),
      hint: `Run "flotilla logs ${worker}" to see why.`,
      data: { worker, state, sent: false },
    },
  );
}

export function isFailing(state: string): boolean {
  return state === "backing_off" || state === "crash_loop";
}
