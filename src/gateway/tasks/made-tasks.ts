/**
 * Turns calls that take long into tasks of the gateway's own, for clients that declared the extension. The call itself
 * goes on here, at its owner; its state is in the store, where every replica reads it.
 */
import type { Clock, NewId, Timer } from "../../protocol/clock.ts";
import { FlotillaError, messageOf } from "../../protocol/errors.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import { keys } from "../../protocol/records.ts";
import { toWireError } from "../../protocol/wire-errors.ts";
import type { RecordStore, StoredRecord } from "../../store/contract.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { McpOutcome, McpRequest } from "../call.ts";
import type { Forward, Forwarded, Target } from "../route/forward.ts";
import { failure } from "../route/outcome.ts";
import type { Alive } from "../safety/alive.ts";
import type { TaskIds } from "./task-id.ts";
import { TaskRun } from "./task-run.ts";
import {
  createdTask,
  detailedTask,
  isOver,
  readTask,
  taskAfter,
  type TaskRecord,
} from "./task-state.ts";
import { ACKNOWLEDGED, resultOf, unknownTask } from "./words.ts";

export interface MadeTasksOptions {
  forward: Forward;
  ids: TaskIds;
  records: Pick<RecordStore, "get" | "put">;
  alive: Alive;
  clock: Clock;
  newId: NewId;
  telemetry: Telemetry;
  gatewayId: string;
  /** Tasks under way at this gateway; calls beyond it stay calls. */
  maxTasks: number;
  /** How long the call of a task may run, and how long the task is remembered from its creation. */
  taskRunMs: number;
  taskTtlMs: number;
  /** How long a question waits for its answer. */
  parkMs: number;
  elsewhere?: (owner: string, request: McpRequest) => Promise<McpOutcome | undefined>;
}

export interface MadeTasks {
  /** As `forward`; a call that is not over after `afterMs` is answered with a task. */
  call(request: McpRequest, target: Target, afterMs: number): Promise<Forwarded>;
  get(request: McpRequest, id: string): Promise<McpOutcome>;
  update(request: McpRequest, id: string): Promise<McpOutcome>;
  cancel(request: McpRequest, id: string): Promise<McpOutcome>;
  /** Ends what is under way, and says so in its records. */
  close(): Promise<void>;
}

export function createMadeTasks(options: MadeTasksOptions): MadeTasks {
  return new Made(options);
}

interface Live {
  request: McpRequest;
  target: Target;
  life: AbortController;
  /** Set once the call has become a task. */
  run: TaskRun | undefined;
  /** From here on the client's leaving no longer ends the call. */
  detach(): void;
}

class Made implements MadeTasks {
  readonly #options: MadeTasksOptions;
  readonly #runs = new Map<string, { run: TaskRun; ended: Promise<void> }>();

  constructor(options: MadeTasksOptions) {
    this.#options = options;
  }

  async call(request: McpRequest, target: Target, afterMs: number): Promise<Forwarded> {
    const { forward, clock, taskRunMs } = this.#options;
    if (this.#runs.size >= this.#options.maxTasks) return forward(request, target);
    const live = liveOf(request, {
      ...target,
      time: { timeoutMs: taskRunMs, hardCapMs: taskRunMs },
    });
    const running = forward(live.request, live.target);
    let timer: Timer | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = clock.after(afterMs, () => resolve(undefined));
    });
    const early = await Promise.race([running, late]);
    timer?.cancel();
    if (early === undefined && !request.signal.aborted) {
      const taskId = await this.#begin(live, running);
      if (taskId !== undefined) return { outcome: resultOf(taskId) };
    }
    try {
      return early ?? (await this.#within(live, running, afterMs));
    } finally {
      live.detach();
    }
  }

  async get(request: McpRequest, id: string): Promise<McpOutcome> {
    const taskId = String(request.params["taskId"]);
    const own = this.#runs.get(id);
    if (own?.run.isDisowned === false) return resultOf(detailedTask(own.run.record, taskId));
    const record = await this.#look(id);
    return record === undefined ? unknownTask() : resultOf(detailedTask(record, taskId));
  }

  async update(request: McpRequest, id: string): Promise<McpOutcome> {
    const { inputResponses } = request.params;
    if (!isRecord(inputResponses))
      return failure(new FlotillaError("bad_request", "inputResponses must be an object."));
    return this.#atOwner(request, id, (run) => run.update(inputResponses));
  }

  cancel(request: McpRequest, id: string): Promise<McpOutcome> {
    return this.#atOwner(request, id, (run) => run.cancel());
  }

  async close(): Promise<void> {
    const runs = [...this.#runs.values()];
    for (const { run } of runs) run.lose(lost());
    await Promise.all(runs.map(({ ended }) => ended));
  }

  /** The task must be there for every replica before anybody hears of it. Undefined: it stays a call. */
  async #begin(live: Live, running: Promise<Forwarded>) {
    const { alive, records, clock, telemetry, gatewayId, taskTtlMs } = this.#options;
    const id = this.#options.newId("task");
    const nowMs = clock.now();
    const record: TaskRecord = {
      status: "working",
      worker: live.target.worker.name,
      owner: gatewayId,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      ttlMs: taskTtlMs,
    };
    let release: (() => void) | undefined;
    try {
      release = await alive.hold();
      const put = await records.put(keys.task(id), record, {
        ifVersion: "absent",
        expiresAtMs: nowMs + taskTtlMs,
      });
      if (!put.ok) throw new Error("the id is taken");
      const taskId = await this.#options.ids.write(live.request, { kind: "made", id });
      this.#follow(live, running, { id, record, version: put.version, release });
      return createdTask(record, taskId);
    } catch (error) {
      release?.();
      telemetry.log.warn("a call could not be made a task", { reason: messageOf(error) });
      return undefined;
    }
  }

  #follow(
    live: Live,
    running: Promise<Forwarded>,
    given: { id: string; record: TaskRecord; version: number; release: () => void },
  ): void {
    const { release, ...created } = given;
    live.detach();
    const run = new TaskRun({
      ...this.#options,
      ...created,
      askMs: this.#options.parkMs,
      abort: () => live.life.abort(),
      again: (answers) => {
        const { request, target } = live;
        return this.#options.forward(
          { ...request, params: { ...request.params, ...answers } },
          { ...target, params: { ...target.params, ...answers } },
        );
      },
    });
    live.run = run;
    const ended = run.drive(running).finally(() => {
      this.#runs.delete(created.id);
      release();
    });
    this.#runs.set(created.id, { run, ended });
  }

  /** A call that could not become a task has the time of a call. */
  async #within(live: Live, running: Promise<Forwarded>, spentMs: number): Promise<Forwarded> {
    const { callTimeoutMs } = live.target.worker.limits;
    const { promise: late, resolve } = Promise.withResolvers<Forwarded>();
    const timer = this.#options.clock.after(Math.max(0, callTimeoutMs - spentMs), () => {
      resolve({ outcome: failure(tooLate(live.target.worker.name)) });
      live.life.abort();
    });
    try {
      return await Promise.race([running, late]);
    } finally {
      timer.cancel();
    }
  }

  async #atOwner(
    request: McpRequest,
    id: string,
    act: (run: TaskRun) => void,
  ): Promise<McpOutcome> {
    const own = this.#runs.get(id);
    if (own !== undefined) {
      act(own.run);
      return ACKNOWLEDGED;
    }
    const record = await this.#look(id);
    if (record === undefined) return unknownTask();
    if (isOver(record) || record.owner === this.#options.gatewayId) return ACKNOWLEDGED;
    const outcome = await this.#options.elsewhere?.(record.owner, request);
    // Acknowledged and in vain: the next look at the task says that it is lost.
    return outcome ?? ACKNOWLEDGED;
  }

  /** The record as it stands; a task whose owner is gone is written off first. */
  async #look(id: string): Promise<TaskRecord | undefined> {
    const { records, alive } = this.#options;
    const stored = await records.get(keys.task(id));
    const record = readTask(stored?.value);
    if (stored === undefined || record === undefined || isOver(record)) return record;
    if (record.owner !== this.#options.gatewayId && (await alive.isAlive(record.owner)))
      return record;
    return this.#writeOff(id, stored, record);
  }

  async #writeOff(id: string, stored: StoredRecord, record: TaskRecord): Promise<TaskRecord> {
    const { records, clock } = this.#options;
    const error = toWireError(lost());
    const next = taskAfter(record, { is: "failed", error }, clock.now()) ?? record;
    const put = await records.put(keys.task(id), next, {
      ifVersion: stored.version,
      expiresAtMs: record.createdAtMs + record.ttlMs,
    });
    if (put.ok) return next;
    return readTask((await records.get(keys.task(id)))?.value) ?? next;
  }
}

function liveOf(request: McpRequest, target: Target): Live {
  const life = new AbortController();
  const giveUp = (): void => life.abort();
  if (request.signal.aborted) giveUp();
  request.signal.addEventListener("abort", giveUp, { once: true });
  const live: Live = {
    target,
    life,
    run: undefined,
    detach: () => request.signal.removeEventListener("abort", giveUp),
    request: {
      ...request,
      signal: life.signal,
      notify(method, params) {
        if (live.run === undefined) return request.notify(method, params);
        // Progress and logs are not sent for tasks; its words are shown as the task's own.
        const { message } = params;
        if (method === "notifications/progress" && typeof message === "string")
          live.run.say(message);
      },
    },
  };
  return live;
}

const lost = (): FlotillaError =>
  new FlotillaError(
    "call_ambiguous",
    "The gateway that made the task's call ended before the call did. It may have run.",
    { hint: "Check its effect before you start it anew." },
  );

const tooLate = (worker: string): FlotillaError =>
  new FlotillaError(
    "call_timeout",
    `${worker} did not answer within its time. The call may have run.`,
    {
      hint: "Check its effect before you repeat it.",
      data: { worker, mayHaveRun: true },
    },
  );
