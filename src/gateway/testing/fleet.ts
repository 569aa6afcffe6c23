/** A router over fakes: a store, a coordinator that obeys wakes, and scripted workers. */
import { DEFAULT_LIMITS, DEFAULT_SCALE, type WorkerCatalog } from "../../protocol/fleet.ts";
import { type DroneRecord, keys, type WorkerRecord } from "../../protocol/records.ts";
import { createKeyRing, createSealer, type KeyRing } from "../../security/index.ts";
import { silentTelemetry } from "../../telemetry/index.ts";
import type { McpOutcome, McpRequest } from "../call.ts";
import type { RouterLimits } from "../limits.ts";
import { createRouter, type FleetRouter, type RouterOptions } from "../router.ts";
import { fakeClock, type FakeClock, settle } from "./fake-clock.ts";
import { watchedStore, type WatchedStore } from "./watched-store.ts";
import type { FakeWorker } from "./fake-worker.ts";

export interface TestFleet {
  router: FleetRouter;
  store: WatchedStore;
  clock: FakeClock;
  /** Wake requests the coordinator got, by worker. */
  wakes: string[];
  /** Drones it was asked to retire. */
  retired: string[];
  addWorker(name: string, change?: Partial<WorkerRecord>): Promise<void>;
  addCatalog(worker: string, catalog: Partial<WorkerCatalog>): Promise<void>;
  /** A ready drone; `connect` is called at each dial. */
  addDrone(
    worker: string,
    connect: () => FakeWorker,
    change?: Partial<DroneRecord>,
  ): Promise<DroneRecord>;
  putDrone(drone: DroneRecord): Promise<void>;
  /** What answers when this drone is dialled. */
  dialled(droneId: string, connect: () => FakeWorker): void;
  call(name: string, change?: Partial<McpRequest>): Promise<McpOutcome>;
  /** For a second gateway of the same fleet. */
  shared: Shared;
  handle(method: string, change?: Partial<McpRequest>): Promise<McpOutcome>;
}

interface Shared {
  clock: FakeClock;
  store: WatchedStore;
  dials: Map<string, () => FakeWorker>;
  keys: KeyRing;
}

export interface TestFleetOptions {
  /** Another gateway of this fleet. */
  beside?: TestFleet;
  gatewayId?: string;
  elsewhere?: (owner: string, request: McpRequest) => Promise<McpOutcome | undefined>;
  clock?: FakeClock;
  limits?: Partial<RouterLimits>;
  /** Other parts of the router than the usual ones. */
  router?: Partial<RouterOptions>;
  /** What the coordinator does with a wake; the default answers "waking". */
  onWake?(worker: string, fleet: TestFleet): Promise<Response> | Response;
}

export async function testFleet(options: TestFleetOptions = {}): Promise<TestFleet> {
  const shared = options.beside?.shared ?? newlyShared(options.clock ?? fakeClock());
  const { clock, store, dials } = shared;
  const wakes: string[] = [];
  const retired: string[] = [];
  let ids = 0;
  const router = createRouter({
    store,
    clock,
    random: () => 0.5,
    newId: (prefix) => `${prefix}-${options.gatewayId ?? "gw-1"}-${++ids}`,
    telemetry: silentTelemetry,
    gatewayId: options.gatewayId ?? "gw-1",
    sealer: createSealer({ keys: shared.keys, clock }),
    ...(options.elsewhere === undefined ? {} : { elsewhere: options.elsewhere }),
    http: { request: () => Promise.reject(new Error("no http here")), close: async () => {} },
    async dial(drone) {
      const connect = dials.get(drone.id);
      if (connect === undefined) throw new Error(`nobody at ${drone.id}`);
      return { kind: "link", link: connect().link };
    },
    async coordinatorFetch(request) {
      if (request.method === "DELETE") {
        retired.push(new URL(request.url).pathname.split("/").at(-1) ?? "");
        return Response.json({});
      }
      const worker = new URL(request.url).pathname.split("/").at(-2) ?? "";
      wakes.push(worker);
      return (
        (await options.onWake?.(worker, fleet)) ??
        Response.json({ worker, state: "waking" }, { status: 202 })
      );
    },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...options.router,
  });
  const fleet: TestFleet = {
    shared,
    router,
    store,
    clock,
    wakes,
    retired,
    ...records(store),
    async addDrone(worker, connect, change) {
      const drone = { ...droneRecord(worker, `drone-${++ids}`), ...change };
      fleet.dialled(drone.id, connect);
      await fleet.putDrone(drone);
      return drone;
    },
    dialled: (droneId, connect) => void dials.set(droneId, connect),
    call(name, change) {
      const params = { name, arguments: {}, ...change?.params };
      return fleet.handle("tools/call", { ...change, params });
    },
    handle: (method, change) => router.handle({ ...mcpRequest(method), ...change }),
  };
  await router.start();
  return fleet;
}

function newlyShared(clock: FakeClock): Shared {
  const store = watchedStore(clock);
  return { clock, store, dials: new Map(), keys: createKeyRing(clock.now()) };
}

function records(store: WatchedStore): Pick<TestFleet, "addWorker" | "addCatalog" | "putDrone"> {
  return {
    async addWorker(name, change) {
      await store.records.put(keys.worker(name), { ...workerRecord(name), ...change });
      await settle();
    },
    async addCatalog(worker, change) {
      const catalog = { ...emptyCatalog(), ...change };
      const record = { worker, revision: "r1", catalog, fetchedAtMs: 0, source: "shipped" };
      await store.records.put(keys.catalog(worker), record);
      await settle();
    },
    async putDrone(drone) {
      await store.records.put(keys.drone(drone.id), drone);
      await settle();
    },
  };
}

export function mcpRequest(method: string): McpRequest {
  return {
    callId: "call-1",
    method,
    params: {},
    endpoint: { kind: "aggregate" },
    client: { era: "modern", protocolVersion: "2026-07-28", principal: "local", capabilities: {} },
    wantsProgress: false,
    signal: new AbortController().signal,
    notify: () => {},
  };
}

export function workerRecord(name: string): WorkerRecord {
  return {
    name,
    revision: "r1",
    kind: "command",
    origin: "config",
    naming: "prefixed",
    scale: DEFAULT_SCALE,
    limits: DEFAULT_LIMITS,
    summary: name,
  };
}

export function droneRecord(worker: string, id: string): DroneRecord {
  return {
    id,
    worker,
    revision: "r1",
    launcher: "process",
    handle: id,
    phase: "ready",
    address: { kind: "link", node: "n1", launcher: "process" },
    createdAtMs: 0,
    reason: "",
  };
}

export function emptyCatalog(): WorkerCatalog {
  return {
    serverInfo: { name: "fake", version: "1" },
    capabilities: { tools: {} },
    protocolVersion: "2026-07-28",
    tools: [],
    prompts: [],
    resources: [],
    resourceTemplates: [],
  };
}
