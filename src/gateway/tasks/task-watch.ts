/** Tells listeners how their tasks are (`notifications/tasks`): first as they are, then at each change, to their end. */
import { type Clock, sleep } from "../../protocol/clock.ts";
import { messageOf } from "../../protocol/errors.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import { keys } from "../../protocol/records.ts";
import type { RecordStore } from "../../store/contract.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { ListenRequest, McpOutcome, McpRequest } from "../call.ts";
import type { TaskIds, TaskRef } from "./task-id.ts";
import { isOver, type TaskStatus } from "./task-state.ts";

export interface TaskWatchOptions {
  ids: TaskIds;
  records: Pick<RecordStore, "watch">;
  clock: Clock;
  telemetry: Telemetry;
  /** Answers `tasks/get`. */
  get: (request: McpRequest, ref: TaskRef) => Promise<McpOutcome>;
  /** Tasks watched at a time, over all listeners. */
  maxWatched: number;
}

export interface TaskWatch {
  /** Which of these tasks will be told of, until the request's signal aborts. */
  listen(request: ListenRequest, taskIds: readonly string[]): Promise<string[]>;
}

/** Of one listener. */
const MAX_IDS = 64;
/** A worker's task is asked for as often as the worker wishes, within these bounds. */
const MIN_POLL_MS = 500;
const MAX_POLL_MS = 10_000;
const POLL_MS = 2_000;
/** A task of ours tells its changes by itself; this finds out that its owner died. */
const LOOK_MS = 5_000;

export function createTaskWatch(options: TaskWatchOptions): TaskWatch {
  let watched = 0;

  async function follow(request: ListenRequest, taskId: string, ref: TaskRef): Promise<void> {
    watched += 1;
    try {
      await tell(options, { request, taskId, ref });
    } catch (error) {
      const reason = messageOf(error);
      options.telemetry.log.warn("watching a task failed", { reason });
    } finally {
      watched -= 1;
    }
  }

  return {
    async listen(request, taskIds) {
      const honoured: string[] = [];
      for (const taskId of new Set(taskIds.slice(0, MAX_IDS))) {
        const ref = await options.ids.read(request, taskId);
        if (ref === undefined || watched >= options.maxWatched) continue;
        honoured.push(taskId);
        void follow(request, taskId, ref);
      }
      return honoured;
    },
  };
}

interface Watched {
  request: ListenRequest;
  taskId: string;
  ref: TaskRef;
}

async function tell(options: TaskWatchOptions, watched: Watched): Promise<void> {
  const { request, taskId, ref } = watched;
  const { signal } = request;
  let told = "";
  while (!signal.aborted) {
    const outcome = await options.get(getRequest(request, taskId), ref);
    let pauseMs = POLL_MS;
    if (outcome.kind === "result") {
      const { text } = outcome.result;
      const task: unknown = JSON.parse(text);
      if (!isRecord(task) || signal.aborted) return;
      const { resultType: _type, _meta: _hop, ...params } = task;
      if (text !== told) request.emit("notifications/tasks", params);
      told = text;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      if (isOver({ status: task["status"] as TaskStatus })) return;
      const wished = task["pollIntervalMs"];
      if (typeof wished === "number") pauseMs = wished;
    } else if (outcome.kind === "error" && outcome.cause?.retryable !== true) {
      // Gone, or never there: a client that polls is told so.
      return;
    }
    await (ref.kind === "made"
      ? changed(options, ref.id, signal)
      : sleep(options.clock, Math.min(MAX_POLL_MS, Math.max(MIN_POLL_MS, pauseMs)), signal));
  }
}

function getRequest({ endpoint, client, signal }: ListenRequest, taskId: string): McpRequest {
  return {
    callId: "listen",
    method: "tasks/get",
    params: { taskId },
    endpoint,
    client,
    wantsProgress: false,
    signal,
    notify: () => {},
  };
}

/** Until the record changes; the first batch of a watch is the state that was just told. */
async function changed(
  { records, clock }: TaskWatchOptions,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const end = new AbortController();
  const stop = (): void => end.abort();
  signal.addEventListener("abort", stop, { once: true });
  const news = (async () => {
    for await (const { snapshot } of records.watch(keys.task(id), end.signal)) {
      if (!snapshot) return;
    }
  })();
  try {
    await Promise.race([news, sleep(clock, LOOK_MS, end.signal)]);
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
    await news.catch(() => {});
  }
}
