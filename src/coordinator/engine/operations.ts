/**
 * Launches and probes take seconds; passes must not. Here they run beside the passes, bounded in time, and their
 * outcome waits until a pass has read it.
 */
import type { Clock } from "../../protocol/clock.ts";
import { isFlotillaError, messageOf } from "../../protocol/errors.ts";
import type { LaunchedDrone } from "../../launchers/contract.ts";
import type { OperationState } from "../seen.ts";

export type OperationKind = "create" | "probe";

export interface Operations {
  start(operation: OperationStart): void;
  state(kind: OperationKind, drone: string): OperationState;
  /** What a finished `create` brought. */
  launched(drone: string): LaunchedDrone | undefined;
  cancel(kind: OperationKind, drone: string): void;
  /** The drone is gone: stops what runs for it and drops outcomes. */
  forget(drone: string): void;
  cancelAll(): void;
}

export interface OperationStart {
  kind: OperationKind;
  drone: string;
  timeoutMs: number;
  /** Said when time is up. */
  timeoutReason: string;
  run: (signal: AbortSignal) => Promise<LaunchedDrone | void>;
}

/** Wait before an operation that was refused with `launcher_not_ready` is worth another try. */
const RETRY_MS = 500;

interface Running {
  state: OperationState;
  launched: LaunchedDrone | undefined;
  abort: AbortController;
}

interface Options {
  clock: Clock;
  onSettled: (drone: string) => void;
}

export function createOperations(options: Options): Operations {
  const table = new Map<string, Running>();
  const cancel = (kind: OperationKind, drone: string): void => {
    table.get(keyOf(kind, drone))?.abort.abort();
  };
  return {
    start(operation) {
      const entry: Running = {
        state: { state: "running" },
        launched: undefined,
        abort: new AbortController(),
      };
      const key = keyOf(operation.kind, operation.drone);
      table.set(key, entry);
      const onConcluded = (): void => {
        if (table.get(key) === entry) options.onSettled(operation.drone);
      };
      void perform({ clock: options.clock, operation, entry, onConcluded });
    },
    state: (kind, drone) => table.get(keyOf(kind, drone))?.state ?? { state: "none" },
    launched: (drone) => table.get(keyOf("create", drone))?.launched,
    cancel,
    forget(drone) {
      for (const kind of ["create", "probe"] as const) {
        cancel(kind, drone);
        table.delete(keyOf(kind, drone));
      }
    },
    cancelAll() {
      for (const entry of table.values()) entry.abort.abort();
    },
  };
}

const keyOf = (kind: OperationKind, drone: string): string => `${kind}/${drone}`;

/** Concludes once: with the outcome, or when time is up. The work itself may end later, or never. */
async function perform(at: {
  clock: Clock;
  operation: OperationStart;
  entry: Running;
  onConcluded: () => void;
}): Promise<void> {
  const { clock, operation, entry } = at;
  const conclude = (state: OperationState): void => {
    if (entry.state.state !== "running") return;
    entry.state = state;
    at.onConcluded();
  };
  const timer = clock.after(operation.timeoutMs, () => {
    conclude(failure(new Error(operation.timeoutReason), clock));
    entry.abort.abort();
  });
  try {
    const launched = await operation.run(entry.abort.signal);
    if (entry.state.state === "running" && launched) entry.launched = launched;
    conclude({ state: "done" });
  } catch (error) {
    conclude(failure(error, clock));
  } finally {
    timer.cancel();
  }
}

function failure(error: unknown, clock: Clock): OperationState {
  const ours = isFlotillaError(error);
  return {
    state: "failed",
    code: ours ? error.code : "launcher_unknown",
    message: messageOf(error),
    retryAtMs:
      clock.now() + (ours && error.retryAfterMs !== undefined ? error.retryAfterMs : RETRY_MS),
  };
}
