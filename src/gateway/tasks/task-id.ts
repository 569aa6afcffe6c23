/**
 * A task's id as clients see it says, sealed, whose task it is and where it lives. Any replica finds the way from the
 * id alone, nobody can make one up, and one client's id is worth nothing to another or on another endpoint.
 */
import type { Clock } from "../../protocol/clock.ts";
import type { Sealer } from "../../security/index.ts";
import type { Endpoint } from "../call.ts";

export type TaskRef =
  /** Made by a gateway: kept in the store. */
  | { kind: "made"; id: string }
  /** Of a worker, which has its own id for it; `drone` answered the call. */
  | { kind: "relayed"; worker: string; taskId: string; drone: string };

/** Whose, and where it was given out. */
export interface TaskHolder {
  client: { principal: string };
  endpoint: Endpoint;
}

export interface TaskIds {
  write(holder: TaskHolder, ref: TaskRef): Promise<string>;
  read(holder: TaskHolder, taskId: unknown): Promise<TaskRef | undefined>;
}

/** Tasks end sooner by their own time; this bounds how long an id opens anything at all. */
const LONGEST_MS = 30 * 24 * 60 * 60 * 1000;

export function createTaskIds(sealer: Sealer, clock: Pick<Clock, "now">): TaskIds {
  return {
    write(holder, ref) {
      const payload =
        ref.kind === "made" ? ["m", ref.id] : ["r", ref.worker, ref.taskId, ref.drone];
      const expiresAtMs = clock.now() + LONGEST_MS;
      return sealer.seal("task", { ...expected(holder), expiresAtMs }, payload);
    },
    async read(holder, taskId) {
      if (typeof taskId !== "string") return undefined;
      const opened = await sealer.open("task", taskId, expected(holder));
      return opened.ok ? refOf(opened.payload) : undefined;
    },
  };
}

function expected({ client, endpoint }: TaskHolder): { principal: string; binding: string } {
  const binding = endpoint.kind === "aggregate" ? "/" : `/${endpoint.worker}`;
  return { principal: client.principal, binding };
}

function refOf(payload: unknown): TaskRef | undefined {
  if (!Array.isArray(payload)) return undefined;
  const [kind, first, taskId, drone]: unknown[] = payload;
  if (typeof first !== "string") return undefined;
  if (kind === "m") return { kind: "made", id: first };
  const isRelayed = kind === "r" && typeof taskId === "string" && typeof drone === "string";
  return isRelayed ? { kind: "relayed", worker: first, taskId, drone } : undefined;
}
