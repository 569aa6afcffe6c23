/** One call to one worker: place it, send it, and when it fails decide whether it may be sent again. */
import type { Clock } from "../../protocol/clock.ts";
import { FlotillaError, isFlotillaError, messageOf } from "../../protocol/errors.ts";
import type { ForwardTalking, Talk } from "../interactive/talk.ts";
import type { WorkerRecord } from "../../protocol/records.ts";
import type { McpOutcome, McpRequest } from "../call.ts";
import type { DronePool, Lease } from "../place/drone-pool.ts";
import type { Waiting } from "../place/waiting.ts";
import type { CallSignal } from "../call-signal.ts";
import { createSharedTimers } from "../shared-timers.ts";
import { type Answer, type UpstreamCall, wasNotSent } from "../upstream/contract.ts";
import type { ToolBreakers, ToolCall } from "../place/tool-breakers.ts";
import { type Deadline, startDeadline } from "./deadline.ts";
import { attributed, failure, outcomeOf } from "./outcome.ts";
import { timedParams } from "../safety/deadline-params.ts";
import { type CallProgress, createCallProgress } from "./progress.ts";

/** Where a request goes, in the worker's own words. */
export interface Target {
  worker: WorkerRecord;
  params: Record<string, unknown>;
  /** Tool, prompt or resource, for the call event. */
  name: string;
  /** Running it twice does no harm: a read, or a tool that says it is read-only or idempotent. */
  isSafe: boolean;
  inputSchema?: unknown;
  /** Of a tool, as listed: what it says about itself. */
  definition?: Readonly<Record<string, unknown>>;
  /** Instead of the worker's own. */
  time?: CallTime;
  /** Drones that were asked already; not asked again. Shared by the attempts of one call. */
  tried?: Set<string>;
  /** Who is asked if it still is there: what a task is remembered by. */
  drone?: string;
}

export interface CallTime {
  timeoutMs: number;
  hardCapMs: number;
  /** When the caller stops waiting (monotonic); told to the worker as what is left. */
  endsAtMs?: number;
}

export interface Forwarded {
  outcome: McpOutcome;
  drone?: string;
  /** Time spent waiting for a drone, when none was ready. */
  wakeMs?: number;
}

export interface ForwardOptions {
  pool: DronePool;
  waiting: Waiting;
  clock: Clock;
  tools: ToolBreakers;
  progressExtension: number;
}

/** The first try and one more. */
const MAX_TRIES = 2;

interface Call {
  request: McpRequest;
  target: Target;
  deadline: Deadline;
  progress: CallProgress;
  talk: Talk | undefined;
  /** Drones that failed this call. */
  failed: Set<string>;
  seen: { drone?: string; wakeMs?: number };
}

export type Forward = (request: McpRequest, target: Target) => Promise<Forwarded>;

export function createForward(options: ForwardOptions): ForwardTalking {
  // The time-out of calls alone: retries and waking keep to the clock itself.
  const timers = createSharedTimers(options.clock);
  return async (request, target, talk) => {
    const { callTimeoutMs } = target.worker.limits;
    const { time, tried = new Set() } = target;
    const deadline = startDeadline({
      // A time of the caller's own is of any length.
      clock: time === undefined ? timers : options.clock,
      timeoutMs: time?.timeoutMs ?? callTimeoutMs,
      hardCapMs: time?.hardCapMs ?? callTimeoutMs * options.progressExtension,
      client: request.signal,
    });
    const progress = createCallProgress(request, options.clock, () => deadline.extend());
    talk?.begun(deadline);
    const call: Call = { request, target, deadline, progress, talk, failed: tried, seen: {} };
    let tool: ToolCall | undefined;
    try {
      if (request.method === "tools/call")
        tool = options.tools.begin(target.worker.name, target.name);
      const answer = await tries(options, call);
      tool?.ended(true);
      return { outcome: outcomeOf(answer), ...call.seen };
    } catch (error) {
      // One that was never sent says nothing about the tool.
      tool?.ended(isDronesFault(error, call) && !wasNotSent(error) ? false : undefined);
      const worker = target.worker.name;
      return { outcome: failure(attributed(verdict(error, call), worker)), ...call.seen };
    } finally {
      progress.woken();
      deadline.clear();
    }
  };
}

async function tries(options: ForwardOptions, call: Call): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const place = placeFor(options, call);
    const lease = place instanceof Promise ? await place : place;
    call.seen.drone = lease.drone.id;
    if (lease.drone.address.kind === "link") call.target.tried?.add(lease.drone.id);
    let ok: boolean | undefined;
    try {
      const answer = await send(options, call, lease);
      ok = true;
      return answer;
    } catch (error) {
      ok = isDronesFault(error, call) ? false : undefined;
      if (attempt >= MAX_TRIES || call.deadline.signal.aborted || !mayTryAgain(error, call))
        throw error;
      options.pool.cool(lease.drone);
      // A remote server has one address only: it is asked again after the pause, not passed over.
      if (lease.drone.address.kind === "link") call.failed.add(lease.drone.id);
    } finally {
      lease.release(ok);
    }
  }
}

/** A cancelled call, or one that was wrong in itself, says nothing about the drone. */
function isDronesFault(error: unknown, { deadline }: Call): boolean {
  if (deadline.timedOut()) return true;
  return isFlotillaError(error) && (error.code === "drone_lost" || error.code === "drone_protocol");
}

/** Awaiting a drone that is ready would cost every call a turn. */
function placeFor(options: ForwardOptions, call: Call): Lease | Promise<Lease> {
  const { worker, drone } = call.target;
  const { pool } = options;
  const wanted = drone === undefined ? undefined : pool.acquireOf(worker.name, drone);
  return wanted ?? pool.acquire(worker.name, call.failed) ?? waitForPlace(options, call);
}

async function waitForPlace({ waiting, clock }: ForwardOptions, call: Call): Promise<Lease> {
  const { worker } = call.target;
  const startMs = clock.monotonicMs();
  call.progress.waking(worker.name);
  try {
    return await waiting.wait(worker, { signal: call.deadline.signal, except: call.failed });
  } finally {
    call.seen.wakeMs = Math.round((call.seen.wakeMs ?? 0) + clock.monotonicMs() - startMs);
    call.progress.woken();
  }
}

function send({ pool, clock }: ForwardOptions, call: Call, lease: Lease): Promise<Answer> {
  const known = pool.client(lease.drone);
  if (!(known instanceof Promise)) return known.call(upstreamCall(call, clock));
  return orAborted(known, call.deadline.signal).then((client) =>
    client.call(upstreamCall(call, clock)),
  );
}

function upstreamCall(
  { request, target, deadline, progress, talk }: Call,
  clock: Clock,
): UpstreamCall {
  return {
    method: request.method,
    params: target.time?.endsAtMs === undefined ? target.params : timedParams(target, clock),
    client: request.client,
    wantsProgress: request.wantsProgress,
    signal: deadline.signal,
    notify: progress.notify,
    ...(request.rawArguments === undefined ? {} : { rawArguments: request.rawArguments }),
    ...(talk === undefined ? {} : { ask: talk.ask }),
    ...(request.logLevel === undefined ? {} : { logLevel: request.logLevel }),
    ...(target.inputSchema === undefined ? {} : { inputSchema: target.inputSchema }),
  };
}

function orAborted<T>(promise: Promise<T>, signal: CallSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void =>
      reject(
        new FlotillaError("call_cancelled", "The call was cancelled.", { data: { sent: false } }),
      );
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}

/** What never arrived may go elsewhere; what may have run may do so only if running twice does no harm. */
function mayTryAgain(error: unknown, call: Call): boolean {
  // Somebody answered questions during this attempt: asking them again unbidden would be worse than failing.
  if (!isFlotillaError(error) || call.talk?.hasAsked() === true) return false;
  const isLoss = error.code === "drone_lost" || error.data?.["session"] === "lost";
  return isLoss && (wasNotSent(error) || call.target.isSafe);
}

/** What the client is told: its own cancellation, the time-out, or how far the call got. */
function verdict(error: unknown, { deadline, request, target }: Call): unknown {
  const worker = target.worker.name;
  const code = isFlotillaError(error) ? error.code : undefined;
  if (deadline.timedOut()) return timedOut(worker, wasNotSent(error), target);
  if (request.signal.aborted || code !== "drone_lost") return error;
  if (wasNotSent(error)) {
    return new FlotillaError(
      "worker_unavailable",
      `${worker} cannot be reached: ${messageOf(error)}`,
      {
        retryable: true,
        retryAfterMs: 1_000,
        data: { worker },
        cause: error,
      },
    );
  }
  if (target.isSafe) return error;
  return new FlotillaError(
    "call_ambiguous",
    `${worker} was lost during the call. The call may have run.`,
    {
      hint: "Check its effect before you repeat it.",
      data: { worker },
      cause: error,
    },
  );
}

function timedOut(worker: string, isWaking: boolean, target: Target): FlotillaError {
  const { timeoutMs } = target.time ?? { timeoutMs: target.worker.limits.callTimeoutMs };
  return isWaking
    ? new FlotillaError("wake_timeout", `${worker} did not start within ${timeoutMs} ms.`, {
        retryable: true,
        retryAfterMs: 1_000,
        hint: `Run "flotilla logs ${worker}" to see why.`,
        data: { worker },
      })
    : new FlotillaError(
        "call_timeout",
        `${worker} did not answer within its time. The call may have run.`,
        {
          hint: "Check its effect before you repeat it, or raise limits.callTimeoutMs of this worker.",
          data: { worker, mayHaveRun: true },
        },
      );
}
