/** A coordinator on fakes, with a hand on the clock: what most tests of this room stand on. */
import type { Launcher } from "../../launchers/contract.ts";
import type { FleetSpec, WorkerSpec } from "../../protocol/fleet.ts";
import {
  keys,
  type ActivityRecord,
  type DroneRecord,
  type HealthRecord,
} from "../../protocol/records.ts";
import type { RecordBatch, Store, StoredRecord } from "../../store/contract.ts";
import { silentTelemetry } from "../../telemetry/index.ts";
import { createCoordinator, type Coordinator } from "../coordinator.ts";
import type { CoordinatorPolicy } from "../policy.ts";
import type { Probe } from "../probe.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";
import { createFakeLauncher, type FakeLauncher } from "./fake-launcher.ts";
import { createFakeStore, type FakeStore } from "./fake-store.ts";

export interface Stage {
  clock: FakeClock;
  store: FakeStore;
  launcher: FakeLauncher;
  coordinator: Coordinator;
  /** What probes do now; they succeed at once when nothing else is said. */
  probe: { run: Probe };
  fleet: { spec: FleetSpec };
  apply(...workers: WorkerSpec[]): Promise<string[]>;
  drones(worker?: string): DroneRecord[];
  health(worker: string): HealthRecord | undefined;
  /** What a gateway reports. */
  report(worker: string, activity: Partial<ActivityRecord>): Promise<void>;
  api(
    path: string,
    options?: { method?: string; body?: unknown },
  ): Promise<{ status: number; body: unknown }>;
  /** A second coordinator on the same store, as after a restart. */
  another(options?: { node?: string }): Coordinator;
}

export interface StageOptions {
  settle: () => Promise<void>;
  policy?: Partial<CoordinatorPolicy>;
  survivesRestart?: boolean;
  linksEndWithUs?: true;
  launchers?: (clock: FakeClock) => Launcher[];
  shared?: boolean;
  random?: () => number;
  /** The coordinator hears nothing of changes under this prefix after its start: a watch that lags for ever. */
  deafTo?: string;
}

export function createStage(options: StageOptions): Stage {
  const clock = createFakeClock(options.settle);
  const store = createFakeStore(clock, { shared: options.shared ?? false });
  const { survivesRestart = false, linksEndWithUs } = options;
  const mortal = linksEndWithUs === true ? { linksEndWithUs } : {};
  const launcher = createFakeLauncher({ clock, survivesRestart, ...mortal });
  const probe: { run: Probe } = { run: async () => undefined };
  const fleet: { spec: FleetSpec } = { spec: { workers: [] } };
  let ids = 0;
  const make = (node: string): Coordinator =>
    createCoordinator({
      store: options.deafTo === undefined ? store : deaf(store, options.deafTo),
      launchers: options.launchers?.(clock) ?? [launcher],
      clock,
      random: options.random ?? (() => 0.5),
      newId: (prefix) => `${prefix}-${(ids += 1)}`,
      telemetry: silentTelemetry,
      probe: (drone, signal) => probe.run(drone, signal),
      node,
      version: "0.0.0-test",
      reload: async () => fleet.spec,
      ...(options.policy === undefined ? {} : { policy: options.policy }),
    });
  const coordinator = make("here");
  return {
    clock,
    store,
    launcher,
    coordinator,
    probe,
    fleet,
    async apply(...workers) {
      fleet.spec = { workers };
      return (await coordinator.apply(fleet.spec)).changed;
    },
    drones: (worker) =>
      store
        .peek("drone/")
        .map((record) => droneOf(record))
        .filter((drone) => worker === undefined || drone.worker === worker),
    health: (worker) => healthOf(store.peek(keys.health(worker))[0]),
    async report(worker, activity) {
      const record: ActivityRecord = {
        worker,
        gateway: "g1",
        waiting: 0,
        inFlight: {},
        lastCallAtMs: clock.now(),
        ...activity,
      };
      await store.records.put(keys.activity(worker, record.gateway), record);
      await options.settle();
    },
    api: (path, request) => callApi(coordinator, path, request),
    another: ({ node = "here" } = {}) => make(node),
  };
}

function deaf(store: FakeStore, prefix: string): Store {
  const { records } = store;
  async function* once(asked: string, signal: AbortSignal): AsyncGenerator<RecordBatch> {
    for await (const batch of records.watch(asked, signal)) {
      if (batch.snapshot || asked !== prefix) yield batch;
    }
  }
  return { ...store, records: { ...records, watch: once } };
}

async function callApi(
  coordinator: Coordinator,
  path: string,
  { method = "GET", body }: { method?: string; body?: unknown } = {},
): Promise<{ status: number; body: unknown }> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "content-type": "application/json" };
  }
  const response = await coordinator.fetch(new Request(`http://localhost/api/v1/${path}`, init));
  return { status: response.status, body: await response.json() };
}

// oxlint-disable typescript/no-unsafe-type-assertion -- what the coordinator wrote itself
export const droneOf = (record: StoredRecord): DroneRecord => record.value as DroneRecord;
export const healthOf = (record: StoredRecord | undefined): HealthRecord | undefined =>
  record?.value as HealthRecord | undefined;
