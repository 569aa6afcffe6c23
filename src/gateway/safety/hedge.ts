/** A read-only call that takes long is made a second time on another drone; whoever answers first wins. */
import type { Clock } from "../../protocol/clock.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { McpRequest } from "../call.ts";
import type { Forward, Forwarded, Target } from "../route/forward.ts";

export interface HedgeOptions {
  forward: Forward;
  clock: Clock;
  telemetry: Telemetry;
  /** True when a drone not in `tried` could take a call at once: a hedge never waits for one and never wakes one. */
  hasAnother: (worker: string, tried: ReadonlySet<string>) => boolean;
}

export type Hedge = (request: McpRequest, target: Target, afterMs: number) => Promise<Forwarded>;

export function createHedge({ forward, clock, telemetry, hasAnother }: HedgeOptions): Hedge {
  return async (request, target, afterMs) => {
    const worker = target.worker.name;
    const tried = new Set<string>();
    const ends: AbortController[] = [];
    const giveUp = (): void => {
      for (const end of ends) end.abort();
    };
    request.signal.addEventListener("abort", giveUp, { once: true });
    const { promise, resolve } = Promise.withResolvers<Forwarded>();
    let open = 0;
    const attempt = async (isHedge: boolean): Promise<void> => {
      const end = new AbortController();
      if (request.signal.aborted) end.abort();
      ends.push(end);
      open += 1;
      const notify: McpRequest["notify"] = (method, params) => {
        // Progress of both at once would make no sense to anybody.
        if (!isHedge) request.notify(method, params);
      };
      const live = { ...request, signal: end.signal, notify };
      const forwarded = await forward(live, { ...target, tried });
      open -= 1;
      // What failed at the gateway is no answer as long as the other may still give one.
      if (hasFailed(forwarded) && open > 0) return;
      if (isHedge) telemetry.meter.count("hedges_won_total", 1, { worker });
      resolve(forwarded);
    };
    void attempt(false);
    const timer = clock.after(afterMs, () => {
      if (open === 0 || request.signal.aborted || !hasAnother(worker, tried)) return;
      telemetry.meter.count("hedges_total", 1, { worker });
      void attempt(true);
    });
    try {
      return await promise;
    } finally {
      timer.cancel();
      request.signal.removeEventListener("abort", giveUp);
      giveUp();
    }
  };
}

const hasFailed = ({ outcome }: Forwarded): boolean =>
  outcome.kind === "error" && outcome.cause !== undefined;
