/** The control plane's face: takes the wanted fleet, answers the API, offers its tools. */
import type { Launcher } from "../launchers/contract.ts";
import type { Clock, NewId, Random } from "../protocol/clock.ts";
import { FlotillaError } from "../protocol/errors.ts";
import type { FleetSpec, WorkerSpec } from "../protocol/fleet.ts";
import type { Store } from "../store/contract.ts";
import type { Telemetry } from "../telemetry/index.ts";
import { createApi } from "./api/handler.ts";
import { createBooks } from "./batches/books.ts";
import { createBatchDesk } from "./batches/desk.ts";
import { createPlanner } from "./batches/planner.ts";
import { createEngine, type RunningEngine } from "./engine/create-engine.ts";
import type { EventRecorder } from "./events/recorder.ts";
import { createFleetDesk } from "./desk/desk.ts";
import { sameJson } from "./json.ts";
import type { FleetNodes } from "./nodes.ts";
import { DEFAULT_POLICY, type CoordinatorPolicy } from "./policy.ts";
import type { Probe } from "./probe.ts";
import { createTools, type CoordinatorTool } from "./tools/tools.ts";

export interface Coordinator {
  /** The API of `protocol/api.ts`. Never rejects. */
  fetch(request: Request): Promise<Response>;
  /**
   * Makes this the wanted fleet and resolves when workers are published and changes have begun. Workers that did not
   * change are left alone. `changed`: names added, changed or removed.
   */
  apply(fleet: FleetSpec): Promise<{ changed: string[] }>;
  /** Begins to act, from whatever state the store is in. Without the lease it stands by and takes over later. */
  start(): Promise<void>;
  /** Drains and ends drones that cannot outlive this process, within a bound; then stops acting. Idempotent. */
  stop(): Promise<void>;
  /** The worker `coordinator`, as data: the composition root wraps it into an MCP server. */
  readonly tools: readonly CoordinatorTool[];
  /** Writes log lines into the `logs` topic. */
  readonly logs: Pick<EventRecorder, "recordLog" | "droneOutput" | "flush">;
}

export interface CoordinatorOptions {
  store: Store;
  launchers: readonly Launcher[];
  /** The machines of a fleet on a shared store. Absent: everything runs here. */
  nodes?: FleetNodes;
  clock: Clock;
  random: Random;
  newId: NewId;
  telemetry: Telemetry;
  probe: Probe;
  node: string;
  version: string;
  /** Reads the configuration again. The coordinator applies what it returns. */
  reload: () => Promise<FleetSpec>;
  policy?: Partial<CoordinatorPolicy>;
}

export function createCoordinator(options: CoordinatorOptions): Coordinator {
  const policy = { ...DEFAULT_POLICY, ...options.policy };
  const engine = createEngine({ ...options, policy });
  const startedAtMs = options.clock.now();
  let stopped: Promise<void> | undefined;

  const apply = async (fleet: FleetSpec): Promise<{ changed: string[] }> => {
    const changed = takeFleet(engine, fleet);
    await engine.settle(changed);
    return { changed };
  };
  const desk = createFleetDesk({ engine, version: options.version, startedAtMs });
  const books = createBooks(options.store);
  const batches = createBatchDesk({ ...options, books });
  const planner = createPlanner({ ...options, books, leadership: engine.leadership });
  const stop = async (): Promise<void> => {
    await planner.stop();
    await engine.stop();
  };
  const reload = async (): Promise<{ workers: number; changed: string[] }> => {
    const fleet = await options.reload();
    const { changed } = await apply(fleet);
    return { workers: fleet.workers.length, changed };
  };
  return {
    apply,
    fetch: createApi({
      desk,
      batches,
      reload,
      store: options.store,
      clock: options.clock,
      telemetry: options.telemetry,
    }),
    async start() {
      await engine.start();
      planner.start();
    },
    stop: () => (stopped ??= stop()),
    tools: createTools(desk, { batches, clock: options.clock }),
    logs: engine.events,
  };
}

/** Replaces the wanted fleet; tells which workers differ, records of unknown workers included. */
function takeFleet(engine: RunningEngine, fleet: FleetSpec): string[] {
  const specs = new Map<string, WorkerSpec>();
  for (const spec of fleet.workers) {
    if (specs.has(spec.name)) {
      throw new FlotillaError("config_invalid", `Two workers are called "${spec.name}".`, {
        hint: "Give one of them another name.",
      });
    }
    specs.set(spec.name, spec);
  }
  const before = engine.wanted.specs;
  const first = !engine.wanted.known;
  engine.wanted.specs = specs;
  engine.wanted.toolsets = fleet.toolsets ?? [];
  engine.wanted.known = true;
  const names = new Set([...before.keys(), ...specs.keys()]);
  if (first) for (const name of engine.view.workerNames()) names.add(name);
  return [...names].filter((name) => first || !sameJson(before.get(name), specs.get(name)));
}
