/** What is told of each call: one event, one count, one duration. It runs for every call, so it binds what it can once. */
import type { CallEvent } from "../../protocol/api.ts";
import type { Labels, Telemetry } from "../../telemetry/index.ts";
import type { McpOutcome, McpRequest } from "../call.ts";
import type { CallEvents } from "../call-events.ts";
import type { Forwarded, Target } from "./forward.ts";
import { isToolError } from "./outcome.ts";

export interface Accounted {
  request: McpRequest;
  target: Target;
  forwarded: Forwarded;
  durationMs: number;
}

type Verdict = CallEvent["outcome"];

interface WorkerLabels {
  worker: Labels;
  byOutcome: Map<Verdict, Labels>;
}

/** Workers come and go with configurations; names of those that went must not pile up. */
const MAX_KNOWN = 4_096;

export function createAccount(options: {
  events: CallEvents;
  telemetry: Telemetry;
}): (accounted: Accounted) => void {
  const { events, telemetry } = options;
  const known = new Map<string, WorkerLabels>();
  const labelsFor = (worker: string): WorkerLabels => {
    let labels = known.get(worker);
    if (labels === undefined) {
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(worker, (labels = { worker: Object.freeze({ worker }), byOutcome: new Map() }));
    }
    return labels;
  };
  return (accounted) => {
    const worker = accounted.target.worker.name;
    const outcome = verdictOf(accounted.forwarded.outcome);
    if (outcome !== "ok" || events.hasRoom()) events.record(eventOf(accounted, outcome));
    else events.skip();
    const { worker: byWorker, byOutcome } = labelsFor(worker);
    let both = byOutcome.get(outcome);
    if (both === undefined) byOutcome.set(outcome, (both = Object.freeze({ worker, outcome })));
    telemetry.meter.count("calls_total", 1, both);
    telemetry.meter.observe("call_duration_ms", accounted.durationMs, byWorker);
  };
}

function eventOf(
  { request, target, forwarded, durationMs }: Accounted,
  verdict: Verdict,
): CallEvent {
  const { outcome, drone, wakeMs } = forwarded;
  const { info, era } = request.client;
  const event: CallEvent = {
    callId: request.callId,
    worker: target.worker.name,
    method: request.method,
    target: target.name,
    era,
    durationMs: Math.round(durationMs * 1_000) / 1_000,
    outcome: verdict,
  };
  if (drone !== undefined) event.drone = drone;
  if (info !== undefined) event.client = info.name;
  if (wakeMs !== undefined) event.wakeMs = wakeMs;
  if (outcome.kind === "error") event.error = outcome.error.message.slice(0, 500);
  return event;
}

function verdictOf(outcome: McpOutcome): Verdict {
  if (outcome.kind === "error")
    return outcome.cause?.code === "call_cancelled" ? "cancelled" : "error";
  return outcome.kind === "result" && isToolError(outcome.result) ? "tool_error" : "ok";
}
