/** One running worker, however many links lead to it: start and stop once, gates per tool, calls counted. */
import { FlotillaError, messageOf } from "../protocol/index.ts";
import type { CallToolResult, Clock, NewId } from "../protocol/index.ts";
import type { StateKeeper } from "./asking/state.ts";
import { Suspended } from "./asking/talk.ts";
import type { LogLine } from "./call-context.ts";
import { callTool } from "./call-tool.ts";
import type { Tool, ToolContext, Worker } from "./contract.ts";
import { createGate } from "./gate.ts";
import type { Gate } from "./gate.ts";

export interface RuntimeOptions {
  clock: Clock;
  newId: NewId;
  /** Check structured content against output schemas. Off in production: the author's tests are the place. */
  checkOutput: boolean;
  /** Where trouble outside any call is told; the drone's own log. */
  report: (message: string) => void;
  /** Log lines of tools, beside what the client is told of them. Default: nowhere. */
  record?: (line: LogLine) => void;
  /** Told of every tool call that has ended. */
  observe?: (call: { tool: string; outcome: CallOutcome; durationMs: number }) => void;
  /** Lets a call that asks go on at another replica which has the same. Default: a random one of its own. */
  stateSecret?: string | undefined;
}

export type CallOutcome = "ok" | "failed" | "asked" | "cancelled";

export interface Runtime {
  readonly worker: Worker;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly record: ((line: LogLine) => void) | undefined;
  /** Seals what a call remembers between its rounds. */
  readonly states: () => Promise<StateKeeper>;
  /** Does work that `stop` waits for, after the worker has started. Rejects with `drone_lost` once stopping. */
  track<T>(work: (stop: AbortSignal) => Promise<T>): Promise<T>;
  callTool(tool: Tool, args: unknown, context: ToolContext): Promise<CallToolResult>;
  warm(): Promise<void>;
  /** Finishes calls for up to `graceMs`, then aborts them; then `onStop`. Idempotent. */
  stop(graceMs: number): Promise<void>;
}

/** Calls waiting at one tool's gate. Beyond it the drone says it is overloaded, which makes the fleet start another. */
const MAX_WAITING = 1024;

export function createRuntime(worker: Worker, options: RuntimeOptions): Runtime {
  const { clock, newId, checkOutput } = options;
  const gates = new Map<Tool, Gate>();
  const life = lifeOf(worker, options);
  let states: Promise<StateKeeper> | undefined;
  return {
    worker,
    clock,
    newId,
    record: options.record,
    // Loaded when first needed: most drones never ask anybody anything.
    states: () =>
      (states ??= import("./asking/state.ts").then(({ createStateKeeper }) =>
        createStateKeeper(clock, options.stateSecret),
      )),
    track: life.track,
    callTool(tool, args, context) {
      const gate = gates.get(tool) ?? createGate(tool.maxConcurrent, MAX_WAITING);
      gates.set(tool, gate);
      const called = callTool({ tool, args, gate, clock, checkOutput, context });
      return options.observe === undefined ? called : observed(called, tool, options);
    },
    async warm() {
      try {
        await life.start();
        await worker.onWarm?.();
      } catch (error) {
        options.report(`Warming up failed: ${messageOf(error)}`);
      }
    },
    stop: life.stop,
  };
}

async function observed(
  called: Promise<CallToolResult>,
  tool: Tool,
  { clock, observe }: RuntimeOptions,
): Promise<CallToolResult> {
  const start = clock.monotonicMs();
  const tell = (outcome: CallOutcome): void =>
    observe?.({ tool: tool.definition.name, outcome, durationMs: clock.monotonicMs() - start });
  try {
    const result = await called;
    tell(result.isError === true ? "failed" : "ok");
    return result;
  } catch (error) {
    tell(error instanceof Suspended ? "asked" : "cancelled");
    throw error;
  }
}

/** From the first call to the end of the last one, with the author's hooks at both ends. */
function lifeOf(
  worker: Worker,
  options: RuntimeOptions,
): Pick<Runtime, "track" | "stop"> & { start(): Promise<void> } {
  // One for each call: workerd lets none outlive the request it was made in.
  const running = new Set<AbortController>();
  const idle = idleCounter();
  let started: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
  const begin = async (): Promise<void> => {
    try {
      await worker.onStart?.();
    } catch (error) {
      started = undefined;
      const message = `${worker.name} could not start: ${messageOf(error)}`;
      throw new FlotillaError("worker_unavailable", message, { retryable: true, cause: error });
    }
  };
  const start = (): Promise<void> => (started ??= begin());
  const finish = async (graceMs: number): Promise<void> => {
    const timer = options.clock.after(graceMs, () => {
      for (const stop of running) stop.abort(stoppedError(worker.name));
    });
    await idle.reached();
    timer.cancel();
    if (started !== undefined) await worker.onStop?.();
  };
  return {
    start,
    async track(work) {
      if (stopped !== undefined) throw stoppedError(worker.name);
      const stop = new AbortController();
      running.add(stop);
      idle.enter();
      try {
        await start();
        return await work(stop.signal);
      } finally {
        running.delete(stop);
        idle.leave();
      }
    },
    stop(graceMs) {
      stopped ??= finish(graceMs).catch((error: unknown) => {
        options.report(`Stopping failed: ${messageOf(error)}`);
      });
      return stopped;
    },
  };
}

function stoppedError(name: string): FlotillaError {
  return new FlotillaError("drone_lost", `${name} is stopping.`, {
    retryable: true,
    hint: "Send the call again: another drone will take it.",
  });
}

interface IdleCounter {
  enter(): void;
  leave(): void;
  reached(): Promise<void>;
}

function idleCounter(): IdleCounter {
  let count = 0;
  let waiters: (() => void)[] = [];
  return {
    enter() {
      count += 1;
    },
    leave() {
      count -= 1;
      if (count > 0) return;
      for (const wake of waiters) wake();
      waiters = [];
    },
    reached: () =>
      count === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve)),
  };
}
