/** One running worker, however many links lead to it: start and stop once, gates per tool, calls counted. */
import { FlotillaError, messageOf } from "../protocol/index.ts";
import type { CallToolResult, Clock, NewId } from "../protocol/index.ts";
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
}

export interface Runtime {
  readonly worker: Worker;
  readonly clock: Clock;
  readonly newId: NewId;
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
  return {
    worker,
    clock,
    newId,
    track: life.track,
    callTool(tool, args, context) {
      const gate = gates.get(tool) ?? createGate(tool.maxConcurrent, MAX_WAITING);
      gates.set(tool, gate);
      return callTool({ tool, args, gate, clock, checkOutput, context });
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

/** From the first call to the end of the last one, with the author's hooks at both ends. */
function lifeOf(
  worker: Worker,
  options: RuntimeOptions,
): Pick<Runtime, "track" | "stop"> & { start(): Promise<void> } {
  const stopping = new AbortController();
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
    const timer = options.clock.after(graceMs, () => stopping.abort(stoppedError(worker.name)));
    await idle.reached();
    timer.cancel();
    if (started !== undefined) await worker.onStop?.();
  };
  return {
    start,
    async track(work) {
      if (stopped !== undefined) throw stoppedError(worker.name);
      idle.enter();
      try {
        await start();
        return await work(stopping.signal);
      } finally {
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
