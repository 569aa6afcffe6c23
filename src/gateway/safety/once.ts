/**
 * Calls with an idempotency key: however often a client sends one, to whichever gateway, it runs once. Repeats get
 * the answer of the first, wait for it, or are told honestly that the call may have run (`once-state.ts`).
 */
import { type Clock, sleep } from "../../protocol/clock.ts";
import { FlotillaError, messageOf } from "../../protocol/errors.ts";
import { keys } from "../../protocol/records.ts";
import { digestOf } from "../../security/index.ts";
import type { RecordStore, StoredRecord } from "../../store/contract.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { McpOutcome, McpRequest } from "../call.ts";
import type { Forward, Forwarded, Target } from "../route/forward.ts";
import { failure } from "../route/outcome.ts";
import type { Alive } from "./alive.ts";
import {
  type Asked,
  type Kept,
  nextStep,
  type OnceRecord,
  readOnce,
  stateAfter,
} from "./once-state.ts";

export interface OnceOptions {
  records: Pick<RecordStore, "get" | "put" | "delete" | "watch">;
  alive: Alive;
  clock: Clock;
  telemetry: Telemetry;
  gatewayId: string;
  /** How long after its last change a key is remembered. */
  keepMs: number;
  /** Repeats that may wait at a time. */
  maxWaiting: number;
}

export interface Once {
  call(
    key: string,
    given: { request: McpRequest; target: Target; run: Forward },
  ): Promise<Forwarded>;
}

/** Longer answers are not kept: the store is for many small records. */
const MAX_KEPT_CHARS = 256 * 1024;
/** How often a waiting repeat looks whether the owner still lives. */
const LOOK_MS = 2_000;
/** A running call is remembered for longer than any call runs. */
const LONGEST_RUN_MS = 2 * 60 * 60 * 1000;

interface Work {
  id: string;
  asked: Asked;
  request: McpRequest;
  target: Target;
  run: Forward;
}

export function createOnce(options: OnceOptions): Once {
  let waiting = 0;
  return {
    async call(key, { request, target, run }) {
      const { name, params, worker, isSafe } = target;
      const { inputResponses, requestState } = params;
      const [id, print, round] = await Promise.all([
        digestOf([request.client.principal, key]),
        digestOf([worker.name, request.method, name, params["arguments"]]),
        digestOf([inputResponses ?? null, requestState ?? null]),
      ]);
      const work: Work = { id, asked: { print, round, isSafe }, request, target, run };
      const endMs = options.clock.monotonicMs() + timeOf(target);
      for (;;) {
        const done = await turn(options, work);
        if (done !== undefined) return done;
        const why = cannotWait(options, work, { waiting, endMs });
        if (why !== undefined) return { outcome: failure(why) };
        waiting += 1;
        try {
          await changed(options, work);
        } finally {
          waiting -= 1;
        }
      }
    },
  };
}

const timeOf = ({ time, worker }: Target): number => time?.timeoutMs ?? worker.limits.callTimeoutMs;

/** Undefined: somebody else runs it. */
async function turn(options: OnceOptions, work: Work): Promise<Forwarded | undefined> {
  const { records, alive, telemetry } = options;
  for (;;) {
    const stored = await records.get(keys.once(work.id));
    const record = readOnce(stored?.value);
    const isOwnerAlive = record?.state !== "running" || (await alive.isAlive(record.owner));
    const step = nextStep(record, work.asked, isOwnerAlive);
    switch (step.do) {
      case "wait":
        return undefined;
      case "refuse":
        return { outcome: failure(step.why === "lost" ? lost(work) : otherCall()) };
      case "answer":
        telemetry.meter.count("repeated_calls_total", 1, {
          worker: work.target.worker.name,
        });
        return { outcome: outcomeOf(step.kept), ...(step.drone ? { drone: step.drone } : {}) };
      case "mark_lost":
        if (record !== undefined) await mark(options, work.id, { record, stored });
        break;
      case "run": {
        const forwarded = await claimed(options, work, stored);
        if (forwarded !== undefined) return forwarded;
      }
    }
    // Somebody was faster: look again.
  }
}

/** Runs the call if nobody else has begun it meanwhile. */
async function claimed(
  options: OnceOptions,
  work: Work,
  stored: StoredRecord | undefined,
): Promise<Forwarded | undefined> {
  const { records, alive, clock, gatewayId, keepMs } = options;
  const { asked, request, target, run, id } = work;
  // Others must be able to see that we live before they see that we run it.
  const release = await alive.hold();
  try {
    const running: OnceRecord = {
      state: "running",
      print: asked.print,
      round: asked.round,
      owner: gatewayId,
    };
    const claim = await records.put(keys.once(id), running, {
      ifVersion: stored?.version ?? "absent",
      expiresAtMs: clock.now() + LONGEST_RUN_MS + keepMs,
    });
    if (!claim.ok) return undefined;
    const forwarded = await run(outliving(request), target);
    await remember(options, work, { running, forwarded, version: claim.version });
    return forwarded;
  } finally {
    release();
  }
}

/**
 * A lost connection is what keys are for: the call goes on without its client, and the repeat finds the answer. Its own
 * time still ends it.
 */
function outliving(request: McpRequest): McpRequest {
  const { signal } = request;
  return {
    ...request,
    signal: new AbortController().signal,
    notify(method, params) {
      if (!signal.aborted) request.notify(method, params);
    },
  };
}

async function remember(
  { records, clock, telemetry, keepMs }: OnceOptions,
  { id, asked }: Work,
  { running, forwarded, version }: { running: OnceRecord; forwarded: Forwarded; version: number },
): Promise<void> {
  const { outcome, drone } = forwarded;
  const after = stateAfter(outcome, { isSafe: asked.isSafe, maxChars: MAX_KEPT_CHARS });
  try {
    if (after === undefined) {
      await records.delete(keys.once(id), { ifVersion: version });
      return;
    }
    const record: OnceRecord = { ...running, ...after, ...(drone === undefined ? {} : { drone }) };
    // Without a version: should somebody have taken us for dead, what really happened still wins.
    await records.put(keys.once(id), record, { expiresAtMs: clock.now() + keepMs });
  } catch (error) {
    // The client gets its answer; repeats will be told that the call may have run.
    telemetry.log.error("the outcome of a guarded call could not be kept", {
      reason: messageOf(error),
    });
  }
}

async function mark(
  { records, clock, keepMs }: OnceOptions,
  id: string,
  seen: { record: OnceRecord; stored: StoredRecord | undefined },
): Promise<void> {
  await records.put(
    keys.once(id),
    { ...seen.record, state: "lost" },
    { ifVersion: seen.stored?.version ?? "absent", expiresAtMs: clock.now() + keepMs },
  );
}

/** Until the record may have changed; bounded, because an owner can die without a word. */
async function changed({ records, clock }: OnceOptions, { id, request }: Work): Promise<void> {
  const end = new AbortController();
  const stop = (): void => end.abort();
  request.signal.addEventListener("abort", stop, { once: true });
  const news = (async () => {
    for await (const { changes } of records.watch(keys.once(id), end.signal)) {
      const [change] = changes;
      const record = change?.kind === "put" ? readOnce(change.record.value) : undefined;
      if (record?.state !== "running") return;
    }
  })();
  try {
    await Promise.race([news, sleep(clock, LOOK_MS, end.signal)]);
  } finally {
    request.signal.removeEventListener("abort", stop);
    stop();
    await news.catch(() => {});
  }
}

function cannotWait(
  { clock, maxWaiting }: OnceOptions,
  { request, target }: Work,
  { waiting, endMs }: { waiting: number; endMs: number },
): FlotillaError | undefined {
  const data = { worker: target.worker.name };
  if (request.signal.aborted)
    return new FlotillaError("call_cancelled", "The call was cancelled.", { data });
  if (waiting >= maxWaiting) {
    return new FlotillaError("overloaded", "Too many repeated calls wait for their first.", {
      retryable: true,
      retryAfterMs: 1_000,
      data,
    });
  }
  if (clock.monotonicMs() < endMs) return undefined;
  return new FlotillaError("call_timeout", "The first call with this key is still running.", {
    retryable: true,
    retryAfterMs: 1_000,
    hint: "Repeat it later with the same key: it will not run twice.",
    data,
  });
}

function lost({ target }: Work): FlotillaError {
  return new FlotillaError(
    "call_ambiguous",
    "A call with this idempotency key was begun and its end is not known. It may have run.",
    {
      hint: "Check its effect; to make the call anew, use a new key.",
      data: { worker: target.worker.name },
    },
  );
}

const otherCall = (): FlotillaError =>
  new FlotillaError("bad_request", "This idempotency key was used for a different call.", {
    hint: "Use a new key for each call, and the same one only to repeat it unchanged.",
  });

function outcomeOf(kept: Kept): McpOutcome {
  if (kept.kind === "error") return { kind: "error", error: kept.error };
  if (kept.kind !== "too_large") return { kind: kept.kind, result: { text: kept.text } };
  return failure(
    new FlotillaError(
      "call_already_ran",
      "A call with this idempotency key has run; its answer was too large to be kept.",
      { hint: "Do not repeat it; look at its effect." },
    ),
  );
}
