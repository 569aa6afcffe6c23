/** The Tasks extension at this gateway (SEP-2663): tasks of workers are relayed, calls that take long become tasks. */
import { DEFAULT_TASK_AFTER_MS } from "../../protocol/fleet.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import type { Sealer } from "../../security/index.ts";
import type { RecordStore } from "../../store/contract.ts";
import type { ListenRequest, McpOutcome, McpRequest } from "../call.ts";
import type { Forward, Forwarded, Target } from "../route/forward.ts";
import { deadlineOf } from "../safety/words.ts";
import { failure } from "../route/outcome.ts";
import type { Tables } from "../tables.ts";
import { createMadeTasks, type MadeTasks, type MadeTasksOptions } from "./made-tasks.ts";
import { createRelay, type Relay, type RelayOptions } from "./relay.ts";
import { createTaskIds, type TaskRef } from "./task-id.ts";
import { createTaskWatch } from "./task-watch.ts";
import { declaresTasks, hasTasks, TASK_METHODS, tasksNotDeclared, unknownTask } from "./words.ts";

export interface TasksOptions
  extends Omit<MadeTasksOptions, "ids" | "records">, Pick<RelayOptions, "holdDrone"> {
  /** Makes a call, safe or not. */
  forward: Forward;
  /** Asks a worker about its task: nothing but the way there. */
  direct: Forward;
  sealer: Sealer;
  records: Pick<RecordStore, "get" | "put" | "watch">;
  tables: Pick<Tables, "worker" | "drones" | "catalog">;
}

export interface Tasks {
  call: Forward;
  /** Undefined for what is no method of the extension. */
  answer(request: McpRequest): Promise<McpOutcome> | undefined;
  /** Tells `request` about these tasks; resolves with those it will be told about. */
  listen(request: ListenRequest, taskIds: readonly string[]): Promise<string[]>;
  close(): Promise<void>;
}

/** A worker that has to be started first is likely to take long. */
const COLD_AFTER_MS = 2_000;
/** Of the caller's own time: the rest is for the answer's way. */
const DEADLINE_SHARE = 0.8;

interface Parts {
  options: TasksOptions;
  relay: Relay;
  made: MadeTasks;
}

export function createTasks(options: TasksOptions): Tasks {
  const { forward } = options;
  const ids = createTaskIds(options.sealer, options.clock);
  const made = createMadeTasks({ ...options, ids });
  const maxHeld = options.maxTasks;
  const relay = createRelay({ ...options, forward: options.direct, ids, maxHeld });
  const parts: Parts = { options, relay, made };

  async function answer(request: McpRequest): Promise<McpOutcome> {
    if (!declaresTasks(request.client)) return tasksNotDeclared();
    const ref = await ids.read(request, request.params["taskId"]);
    return ref === undefined ? unknownTask() : about(parts, request, ref);
  }

  const watch = createTaskWatch({
    ...options,
    ids,
    maxWatched: options.maxTasks,
    get: (request, ref) => about(parts, request, ref),
  });
  return {
    call: (request, target) =>
      declaresTasks(request.client) && request.method === "tools/call"
        ? callFor(parts, request, target)
        : forward(request, target),
    answer: (request) => (TASK_METHODS.has(request.method) ? answer(request) : undefined),
    listen: (request, taskIds) => watch.listen(request, taskIds),
    async close() {
      relay.close();
      await made.close();
    },
  };
}

function about({ relay, made }: Parts, request: McpRequest, ref: TaskRef): Promise<McpOutcome> {
  if (ref.kind === "relayed") return relay.ask(request, ref);
  switch (request.method) {
    case "tasks/update":
      return made.update(request, ref.id);
    case "tasks/cancel":
      return made.cancel(request, ref.id);
    default:
      return made.get(request, ref.id);
  }
}

async function callFor(parts: Parts, request: McpRequest, target: Target): Promise<Forwarded> {
  const { options, relay, made } = parts;
  try {
    const afterMs = taskAfterMs(options, request, target);
    if (afterMs !== undefined) return await made.call(request, target, afterMs);
    const forwarded = await options.forward(request, target);
    return await relay.outgoing(request, target.worker.name, forwarded);
  } catch (error) {
    return { outcome: failure(error) };
  }
}

/** After how long the call becomes a task of ours; undefined: never. */
function taskAfterMs(
  { tables }: TasksOptions,
  request: McpRequest,
  { worker, definition }: Target,
): number | undefined {
  const { calls, limits, name } = worker;
  if (calls?.tasks === "never") return undefined;
  // A worker that makes its own tasks knows better which calls deserve it, and one not met yet may be such a worker.
  const known = tables.catalog(name);
  if (known === undefined || hasTasks(known.catalog.capabilities)) return undefined;
  if (meantAsTask(definition)) return 0;
  const isCold = worker.kind !== "builtin" && !tables.drones(name).some(isReady);
  const slowMs = calls?.taskAfterMs ?? DEFAULT_TASK_AFTER_MS;
  const meta = request.params["_meta"];
  const deadlineMs = (isRecord(meta) ? deadlineOf(meta) : undefined) ?? Infinity;
  const afterMs = Math.min(
    isCold ? Math.min(COLD_AFTER_MS, slowMs) : slowMs,
    deadlineMs * DEADLINE_SHARE,
  );
  return afterMs < limits.callTimeoutMs ? afterMs : undefined;
}

const isReady = ({ phase }: { phase: string }): boolean => phase === "ready";

/** How a tool of 2025-11-25 says that it may take long; its own tasks are not spoken here. */
function meantAsTask(definition: Target["definition"]): boolean {
  const execution = definition?.["execution"];
  const support = isRecord(execution) ? execution["taskSupport"] : undefined;
  return support === "optional" || support === "required";
}
