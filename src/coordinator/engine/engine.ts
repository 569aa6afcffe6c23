/** Everything a pass needs, put together once. Parts of the engine get this instead of ten arguments. */
import type { Launcher } from "../../launchers/contract.ts";
import type { Clock, NewId, Random } from "../../protocol/clock.ts";
import type { ToolsetSpec, WorkerSpec } from "../../protocol/fleet.ts";
import type { HistoryRecord } from "../../protocol/records.ts";
import type { Store } from "../../store/contract.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { EventRecorder } from "../events/recorder.ts";
import type { FleetNodes } from "../nodes.ts";
import type { CoordinatorPolicy } from "../policy.ts";
import { NO_LOAD, type Load } from "../workers/scale/load.ts";
import type { Probe } from "../probe.ts";
import type { Failure } from "../seen.ts";
import type { Launchers } from "./fleet-of-launchers.ts";
import type { KeyedLock } from "./keyed-lock.ts";
import type { Leadership } from "./leadership.ts";
import type { Ledger } from "./ledger.ts";
import type { Operations } from "./operations.ts";
import type { StartSlots } from "./slots.ts";
import type { StartGuard } from "./start-guard.ts";
import type { FleetView } from "./view.ts";

export interface EngineDeps {
  store: Store;
  launchers: readonly Launcher[];
  nodes?: FleetNodes;
  clock: Clock;
  random: Random;
  newId: NewId;
  telemetry: Telemetry;
  probe: Probe;
  /** This machine's name; the lease is held under it. */
  node: string;
  policy: CoordinatorPolicy;
}

/** What is remembered of a worker between passes. All of it can be lost: it only makes decisions gentler. */
export interface WorkerMemory {
  failures: Failure[];
  wantedAtMs: readonly number[];
  load: Load;
  /** Newer than what is stored by what the last minutes brought. */
  history: HistoryRecord | undefined;
}

/** The wanted fleet, with its secrets. It lives in memory only. */
export interface Wanted {
  /** False until a fleet was applied: before that nothing is known to be unwanted. */
  known: boolean;
  stopping: boolean;
  specs: Map<string, WorkerSpec>;
  toolsets: readonly ToolsetSpec[];
}

export interface Engine extends EngineDeps {
  wanted: Wanted;
  view: FleetView;
  ledger: Ledger;
  leadership: Leadership;
  fleet: Launchers;
  operations: Operations;
  slots: StartSlots;
  guard: StartGuard;
  events: EventRecorder;
  lock: KeyedLock;
  memory: Map<string, WorkerMemory>;
  /** Drones claimed by this process. */
  ours: Set<string>;
  /** Runs a pass of the worker soon. */
  poke(worker: string): void;
}

export function memoryOf(engine: Engine, worker: string): WorkerMemory {
  let memory = engine.memory.get(worker);
  if (memory === undefined) {
    memory = { failures: [], wantedAtMs: [], load: NO_LOAD, history: undefined };
    engine.memory.set(worker, memory);
  }
  return memory;
}
