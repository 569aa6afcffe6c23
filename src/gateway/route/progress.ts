/**
 * Progress of one call as its client sees it: first of waking, then the worker's own. Values must grow with each
 * notification (basic/patterns/progress), so ours stay below anything a worker would begin with, and a worker's value
 * that does not grow is lifted by the least step.
 */
import type { Clock, Timer } from "../../protocol/clock.ts";
import type { McpRequest } from "../call.ts";

export interface CallProgress {
  /** Tells every second that the worker is being woken, until `woken`. */
  waking(worker: string): void;
  woken(): void;
  /** The notifications of the worker. */
  notify: (method: string, params: Record<string, unknown>) => void;
}

const EVERY_MS = 1_000;
const STEP = 1e-6;

export function createCallProgress(
  request: McpRequest,
  clock: Clock,
  onProgress: () => void,
): CallProgress {
  let last = -Infinity;
  let timer: Timer | undefined;
  let sinceMs = 0;

  function beat(worker: string): void {
    last = last < 0 ? 0 : last + STEP;
    const seconds = Math.round((clock.monotonicMs() - sinceMs) / 1_000);
    const message = seconds === 0 ? `Starting ${worker}` : `Starting ${worker} (${seconds} s)`;
    request.notify("notifications/progress", { progress: last, message });
    timer = clock.after(EVERY_MS, () => beat(worker));
  }

  return {
    waking(worker) {
      if (!request.wantsProgress || timer !== undefined) return;
      sinceMs = clock.monotonicMs();
      beat(worker);
    },
    woken() {
      timer?.cancel();
      timer = undefined;
    },
    notify(method, params) {
      if (method !== "notifications/progress") return request.notify(method, params);
      onProgress();
      const { progress } = params;
      if (typeof progress !== "number") return;
      const grown = progress > last ? progress : last + STEP;
      last = grown;
      request.notify(method, grown === progress ? params : { ...params, progress: grown });
    },
  };
}
