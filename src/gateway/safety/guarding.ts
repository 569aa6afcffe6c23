/** What goes around a call before it is made: keys, hedges, kept answers, tasks. */
import type { Clock, NewId } from "../../protocol/clock.ts";
import type { Sealer } from "../../security/index.ts";
import type { Store } from "../../store/contract.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { McpOutcome, McpRequest } from "../call.ts";
import type { RouterLimits } from "../limits.ts";
import type { DronePool } from "../place/drone-pool.ts";
import type { Forward } from "../route/forward.ts";
import type { Tables } from "../tables.ts";
import { createTasks, type Tasks } from "../tasks/tasks.ts";
import { createAlive } from "./alive.ts";
import { createSafeCalls } from "./safe-calls.ts";

export interface GuardingOptions {
  store: Pick<Store, "records">;
  clock: Clock;
  newId: NewId;
  telemetry: Telemetry;
  gatewayId: string;
  sealer: Sealer;
  elsewhere?(owner: string, request: McpRequest): Promise<McpOutcome | undefined>;
  limits: RouterLimits;
  tables: Tables;
  pool: Pick<DronePool, "acquire" | "acquireOf">;
  /** Makes the call, nothing else. */
  direct: Forward;
}

export interface Guarding {
  tasks: Tasks;
  close(): Promise<void>;
}

export function createGuarding(options: GuardingOptions): Guarding {
  const { pool, direct, limits } = options;
  const { records } = options.store;
  const alive = createAlive({ ...options, records });
  const forward = createSafeCalls({
    ...options,
    ...limits,
    records,
    alive,
    forward: direct,
    hasAnother(worker, tried) {
      const lease = pool.acquire(worker, tried);
      lease?.release();
      return lease !== undefined;
    },
  });
  const tasks = createTasks({
    ...options,
    ...limits,
    records,
    alive,
    forward,
    holdDrone(worker, drone) {
      const lease = pool.acquireOf(worker, drone);
      return lease && (() => lease.release());
    },
  });
  return {
    tasks,
    async close() {
      await tasks.close();
      await alive.close();
    },
  };
}
