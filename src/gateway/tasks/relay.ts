/** Tasks of workers that make their own: ids are sealed on the way out and opened on the way in, all else is untouched. */
import type { Clock } from "../../protocol/clock.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import { members, spliceMembers } from "../../protocol/raw-json.ts";
import { WIRE } from "../../protocol/wire-errors.ts";
import type { McpOutcome, McpRequest } from "../call.ts";
import type { Forward, Forwarded } from "../route/forward.ts";
import { failure } from "../route/outcome.ts";
import type { Tables } from "../tables.ts";
import { resultTypeOf } from "../upstream/modern/modern-client.ts";
import type { TaskIds, TaskRef } from "./task-id.ts";
import { isOver, type TaskStatus } from "./task-state.ts";
import { unknownTask } from "./words.ts";

export type RelayedRef = TaskRef & { kind: "relayed" };

export interface RelayOptions {
  forward: Forward;
  ids: TaskIds;
  tables: Pick<Tables, "worker">;
  clock: Clock;
  /** Keeps a drone from being retired; undefined when it is gone. */
  holdDrone: (worker: string, drone: string) => (() => void) | undefined;
  maxHeld: number;
}

export interface Relay {
  /** Seals the id if the worker answered with a task. */
  outgoing(request: McpRequest, worker: string, forwarded: Forwarded): Promise<Forwarded>;
  /** `tasks/get`, `tasks/update`, `tasks/cancel`. */
  ask(request: McpRequest, ref: RelayedRef): Promise<McpOutcome>;
  close(): void;
}

/** A task whose worker set no end: its drone is held for so long at most. */
const LONGEST_HOLD_MS = 60 * 60 * 1000;

export function createRelay(options: RelayOptions): Relay {
  const holds = createHolds(options);

  async function sealed(request: McpRequest, ref: RelayedRef, text: string): Promise<string> {
    const taskId = await options.ids.write(request, ref);
    return spliceMembers(text, { set: { taskId: JSON.stringify(taskId) } });
  }

  return {
    async outgoing(request, worker, forwarded) {
      const { outcome, drone = "" } = forwarded;
      if (outcome.kind !== "result" || resultTypeOf(outcome.result.text) !== "task")
        return forwarded;
      const told = read(outcome.result.text);
      if (told === undefined) return { ...forwarded, outcome: failure(noTask(worker)) };
      const ref: RelayedRef = { kind: "relayed", worker, taskId: told.taskId, drone };
      holds.begin(ref, told.ttlMs);
      const text = await sealed(request, ref, outcome.result.text);
      return { ...forwarded, outcome: { kind: "result", result: { text } } };
    },

    async ask(request, ref) {
      const worker = options.tables.worker(ref.worker);
      if (worker === undefined) return unknownTask();
      const params = { ...request.params, taskId: ref.taskId };
      const target = { worker, params, name: request.method, isSafe: true, drone: ref.drone };
      const { outcome } = await options.forward(request, target);
      if (outcome.kind === "error") {
        const isUnknown = outcome.cause === undefined && outcome.error.code === WIRE.invalidParams;
        if (isUnknown) holds.end(ref);
        return outcome;
      }
      const { text } = outcome.result;
      const told = read(text);
      // Acknowledgements name no task.
      if (told === undefined) return outcome;
      if (isOver({ status: told.status })) holds.end(ref);
      const taskId = JSON.stringify(String(request.params["taskId"]));
      return { kind: "result", result: { text: spliceMembers(text, { set: { taskId } }) } };
    },

    close: () => holds.close(),
  };
}

/**
 * A worker that keeps its tasks in memory loses them with its drone, and a task under way is no call under way: without
 * this, its drone would be retired as idle. The hold ends with the task as far as it is seen here, else with its time.
 */
function createHolds({ clock, holdDrone, maxHeld }: RelayOptions) {
  const held = new Map<string, () => void>();
  return {
    begin(ref: RelayedRef, ttlMs: number | undefined): void {
      if (held.size >= maxHeld || held.has(keyOf(ref))) return;
      const release = holdDrone(ref.worker, ref.drone);
      if (release === undefined) return;
      const longestMs = Math.min(ttlMs ?? LONGEST_HOLD_MS, LONGEST_HOLD_MS);
      const timer = clock.after(longestMs, () => this.end(ref));
      held.set(keyOf(ref), () => {
        timer.cancel();
        release();
      });
    },
    end(ref: RelayedRef): void {
      held.get(keyOf(ref))?.();
      held.delete(keyOf(ref));
    },
    close(): void {
      for (const release of held.values()) release();
      held.clear();
    },
  };
}

const keyOf = ({ drone, taskId }: RelayedRef): string => `${drone}/${taskId}`;

interface Told {
  taskId: string;
  status: TaskStatus;
  ttlMs: number | undefined;
}

function read(text: string): Told | undefined {
  const all = members(text);
  const value = (name: string): unknown => JSON.parse(all.get(name) ?? "null");
  const taskId = value("taskId");
  const status = value("status");
  const ttlMs = value("ttlMs");
  if (typeof taskId !== "string" || typeof status !== "string") return undefined;
  // Whatever else a worker may call its state, it is compared with the words of the spec alone.
  return {
    taskId,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    status: status as TaskStatus,
    ttlMs: typeof ttlMs === "number" ? ttlMs : undefined,
  };
}

const noTask = (worker: string): FlotillaError =>
  new FlotillaError("drone_protocol", "The worker answered with a task that has no taskId.", {
    data: { worker },
  });
