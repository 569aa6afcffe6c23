/**
 * What may be done with a call beyond passing it on, by what its caller, its tool and its operator said. A call of which
 * nobody said anything goes straight through.
 */
import type { Clock } from "../../protocol/clock.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import type { RecordStore } from "../../store/contract.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { McpRequest } from "../call.ts";
import type { Forward, Forwarded, Target } from "../route/forward.ts";
import { failure } from "../route/outcome.ts";
import type { Alive } from "./alive.ts";
import { createHedge, type Hedge, type HedgeOptions } from "./hedge.ts";
import { createOnce, type Once } from "./once.ts";
import { createResultCache, type ResultCache } from "./result-cache.ts";
import { cacheRuleOf, deadlineOf, honoursKeys, idempotencyKeyOf, isReadOnly } from "./words.ts";

export interface SafeCallsOptions extends Pick<HedgeOptions, "hasAnother"> {
  forward: Forward;
  records: Pick<RecordStore, "get" | "put" | "delete" | "watch">;
  alive: Alive;
  clock: Clock;
  telemetry: Telemetry;
  gatewayId: string;
  /** Progress moves a call's deadline, up to so many times its time-out. */
  progressExtension: number;
  idempotencyKeepMs: number;
  maxRepeatsWaiting: number;
  resultCacheBytes: number;
}

interface Parts {
  options: SafeCallsOptions;
  once: Once;
  hedge: Hedge;
  cache: ResultCache;
}

export function createSafeCalls(options: SafeCallsOptions): Forward {
  const { forward } = options;
  const parts: Parts = {
    options,
    hedge: createHedge(options),
    cache: createResultCache({ ...options, maxBytes: options.resultCacheBytes }),
    once: createOnce({
      ...options,
      keepMs: options.idempotencyKeepMs,
      maxWaiting: options.maxRepeatsWaiting,
    }),
  };
  return (request, target) => {
    const { definition, worker } = target;
    const isPlain =
      request.params["_meta"] === undefined &&
      worker.calls === undefined &&
      definition?.["_meta"] === undefined;
    return isPlain ? forward(request, target) : guarded(parts, request, target);
  };
}

async function guarded(parts: Parts, request: McpRequest, given: Target): Promise<Forwarded> {
  const { once, cache } = parts;
  const run: Forward = (live, target) => hedged(parts, live, target);
  try {
    const meta = request.params["_meta"];
    const said = isRecord(meta) ? meta : {};
    const key = idempotencyKeyOf(said);
    const target = timed(parts.options, given, deadlineOf(said));
    if (request.method !== "tools/call") return await parts.options.forward(request, target);
    if (key !== undefined) {
      const isSafe = target.isSafe || honoursKeys(target);
      return await once.call(key, { request, target: { ...target, isSafe }, run });
    }
    const rule = cacheRuleOf(target);
    if (rule !== undefined) return await cache.call({ request, target, rule, run });
    return await run(request, target);
  } catch (error) {
    // A store that cannot be asked: the call is not made, since nobody could tell whether it was made before.
    return { outcome: failure(error) };
  }
}

function hedged(
  { options, hedge }: Parts,
  request: McpRequest,
  target: Target,
): Promise<Forwarded> {
  const afterMs = target.worker.calls?.hedgeAfterMs;
  return afterMs === undefined || !isReadOnly(target)
    ? options.forward(request, target)
    : hedge(request, target, afterMs);
}

/** The caller's time, if it is shorter than the worker's. */
function timed(
  { clock, progressExtension }: SafeCallsOptions,
  target: Target,
  deadlineMs: number | undefined,
): Target {
  if (deadlineMs === undefined) return target;
  const { callTimeoutMs } = target.worker.limits;
  const time = target.time ?? {
    timeoutMs: callTimeoutMs,
    hardCapMs: callTimeoutMs * progressExtension,
  };
  return {
    ...target,
    time: {
      timeoutMs: Math.min(time.timeoutMs, deadlineMs),
      hardCapMs: Math.min(time.hardCapMs, deadlineMs),
      endsAtMs: clock.monotonicMs() + deadlineMs,
    },
  };
}
