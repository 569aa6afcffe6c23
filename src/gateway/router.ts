/** The back of the gateway: owns what this process knows of the fleet and answers the front's requests with it. */
import type { Clock, NewId, Random } from "../protocol/clock.ts";
import type { DroneRecord } from "../protocol/records.ts";
import { createKeyRing, createSealer, type Sealer } from "../security/index.ts";
import type { Store } from "../store/contract.ts";
import type { Telemetry } from "../telemetry/index.ts";
import { createActivity } from "./activity.ts";
import type { Repeatable } from "./batches/item-state.ts";
import type { ListenFilter, ListenRequest, McpOutcome, McpRequest, Router } from "./call.ts";
import { createCallEvents } from "./call-events.ts";
import { createDirectory } from "./cards/directory.ts";
import { createCatalogKeeper } from "./catalog/keeper.ts";
import { createCatalogParts } from "./catalog/parts.ts";
import { createViews } from "./catalog/view.ts";
import type { Dial } from "./dial.ts";
import { createDiscovery } from "./discovery/discovery.ts";
import { DEFAULT_ROUTER_LIMITS, type RouterLimits } from "./limits.ts";
import { createListenHub, type ListenHub } from "./listen.ts";
import { createDronePool, type DronePool, type DronePoolEvents } from "./place/drone-pool.ts";
import { createToolBreakers } from "./place/tool-breakers.ts";
import { createWaiting, type Waiting } from "./place/waiting.ts";
import { createWakeClient } from "./place/wake-client.ts";
import { createHandle } from "./route/handle.ts";
import { ownerOf, resolve } from "./route/resolve.ts";
import { createForward } from "./route/forward.ts";
import { createGuarding } from "./safety/guarding.ts";
import { honoursKeys } from "./safety/words.ts";
import { createInteractive } from "./interactive/interactive.ts";
import { type Tables, watchTables } from "./tables.ts";
import type { UpstreamClient } from "./upstream/contract.ts";
import type { HttpClient } from "./upstream/http/http-client.ts";

export interface RouterOptions {
  store: Pick<Store, "records" | "events">;
  /** The coordinator's API (`protocol/api.ts`), in this process or across the network. */
  coordinatorFetch: (request: Request) => Promise<Response>;
  dial: Dial;
  /** For drones with an address; `createUndiciHttpClient` on Node. Not closed by the router. */
  http: HttpClient;
  clock: Clock;
  random: Random;
  newId: NewId;
  telemetry: Telemetry;
  gatewayId: string;
  /** Seals what clients carry. Replicas need one key ring; without it only this process reads what it sealed. */
  sealer?: Sealer;
  /** Hands a request to the gateway that holds what it is about; undefined when that gateway is gone. */
  elsewhere?(owner: string, request: McpRequest): Promise<McpOutcome | undefined>;
  /** Shown to workers and, for the aggregate, to clients. */
  serverInfo?: { name: string; version: string; title?: string };
  limits?: Partial<RouterLimits>;
}

export interface FleetRouter extends Router {
  /** Makes first contact with a drone and keeps the connection for calls. For the coordinator of this process. */
  probe(drone: DroneRecord, signal: AbortSignal): Promise<void>;
  /** The one client that this process has of a drone, for gateways that forward to it. Rejects as `probe` does. */
  upstream(drone: DroneRecord): UpstreamClient | Promise<UpstreamClient>;
  /**
   * Whether what this call of a tool names may run twice. "never" where nobody known has it, also after those not met yet
   * were asked.
   */
  repeatable(request: McpRequest): Promise<Repeatable>;
  /** Resolves when the first picture of the fleet is complete. Calls before it are answered as far as is known. */
  start(): Promise<void>;
  /** Refuses what waits, ends connections, writes what is left to tell. Idempotent. */
  close(): Promise<void>;
}

const SERVER_INFO = { name: "flotilla", version: "0" };

export function createRouter(options: RouterOptions): FleetRouter {
  const parts = assemble(options);
  const { tables, pool, waiting, activity, events, hub, handle } = parts;
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    waiting.close();
    parts.catalog.close();
    parts.interactive.close();
    parts.keeper.close();
    hub.close();
    pool.close();
    await parts.guarding.close();
    await Promise.all([activity.close(), events.close()]);
    parts.life.abort();
  }

  return {
    handle,
    listen: (request) => toldOf(parts, request),
    knows: (endpoint) =>
      endpoint.kind === "aggregate" || parts.views.of(endpoint.worker) !== undefined,
    directory: parts.directory,
    health: () => ({ ready: tables.isReady(), workers: healthOf(tables, pool) }),
    probe: (drone, signal) => pool.probe(drone, signal),
    upstream: (drone) => pool.client(drone),
    repeatable: (request) => repeatableOf(parts, request),
    start: () => tables.ready,
    close: () => (closing ??= close()),
  };
}

/** What needs nobody else. */
function foundation(options: RouterOptions) {
  const { store, clock, telemetry } = options;
  const limits: RouterLimits = { ...DEFAULT_ROUTER_LIMITS, ...options.limits };
  const life = new AbortController();
  const { records } = store;
  const tables = watchTables({ records, clock, telemetry, signal: life.signal });
  return {
    limits,
    life,
    tables,
    serverInfo: options.serverInfo ?? SERVER_INFO,
    views: createViews(tables),
    keeper: createCatalogKeeper({ records, tables, clock, telemetry }),
    events: createCallEvents({
      events: store.events,
      clock,
      telemetry,
      maxPending: limits.maxPendingEvents,
    }),
  };
}
type Foundation = ReturnType<typeof foundation>;

/** Pool, waiting rooms and activity watch each other: a place given back is news to all three. */
function placement(
  options: RouterOptions,
  { tables, limits, serverInfo }: Foundation,
  talk: Pick<DronePoolEvents, "onConnected" | "onNotification">,
) {
  const { store, clock, random, telemetry, gatewayId } = options;
  const wake = createWakeClient(options);
  const pool: DronePool = createDronePool({
    ...options,
    tables,
    gateway: { name: serverInfo.name, version: serverInfo.version },
    cooldownMs: limits.cooldownMs,
    events: {
      ...talk,
      onUse(worker, droneId, inFlight) {
        // The last call of a draining drone is what its end waits for.
        const isDrained = inFlight === 0 && isDraining(tables, worker, droneId);
        if (isDrained) void activity.tellNow(worker);
        else activity.called(worker);
      },
      onUsable: (worker) => waiting.look(worker),
      onBroken(drone) {
        telemetry.log.warn("drone cannot be talked to", { worker: drone.worker, drone: drone.id });
        void wake.retire(drone.id);
      },
    },
  });
  const waiting: Waiting = createWaiting({
    ...limits,
    tables,
    pool,
    clock,
    random,
    telemetry,
    wake,
    registerDemand: (worker) => activity.tellNow(worker),
    onWaitingChanged: (worker) => activity.called(worker),
  });
  const activity = createActivity({
    records: store.records,
    tables,
    clock,
    telemetry,
    gatewayId,
    waiting: (worker) => waiting.count(worker),
    inFlight: (droneId) => pool.inFlight(droneId),
  });
  return { pool, waiting, activity, tools: createToolBreakers(clock) };
}

function assemble(options: RouterOptions) {
  const { clock, telemetry } = options;
  const base = foundation(options);
  const { tables, views, keeper, limits } = base;
  const placed = placement(options, base, {
    onConnected(drone, client) {
      client.want({ resourceUris: hub.wanted(drone.worker) });
      if (client.isForwarded !== true) void keeper.refresh(drone, client);
    },
    onNotification(drone, method, params) {
      const client = pool.client(drone);
      if (method === "notifications/resources/updated" && typeof params["uri"] === "string") {
        hub.updated(drone.worker, params["uri"]);
      } else if (method.endsWith("/list_changed") && !(client instanceof Promise)) {
        catalog.personal.changed(drone.worker);
        keeper.refreshSoon(drone, client);
      }
    },
  });
  const { pool, waiting } = placed;
  const catalog = createCatalogParts({ ...options, ...base, pool, waiting });
  const hub: ListenHub = createListenHub({
    tables,
    viewsFor: (principal) => catalog.personal.for(principal),
    clock,
    maxListeners: limits.maxListeners,
    ownerOf(endpoint, uri) {
      const view = endpoint.kind === "aggregate" ? views.aggregate() : views.of(endpoint.worker);
      return view && ownerOf({ view, tables }, uri)?.name;
    },
    onWanted(worker, uris) {
      for (const client of pool.connected(worker)) client.want({ resourceUris: uris });
      if (uris.length > 0) listenTo(pool, tables.drones(worker));
    },
  });
  tables.onChange((change) => {
    if (change.table !== "drone" || change.gone || change.drone.phase !== "ready") return;
    if (hub.wanted(change.worker).length > 0) listenTo(pool, [change.drone]);
  });
  const sealer = options.sealer ?? createSealer({ keys: createKeyRing(clock.now()), clock });
  const { progressExtension } = limits;
  const interactive = createInteractive({
    ...options,
    ...limits,
    sealer,
    forward: createForward({ ...placed, clock, progressExtension }),
  });
  const guarding = createGuarding({ ...options, ...base, sealer, pool, direct: interactive.call });
  const { tasks } = guarding;
  const forward = tasks.call;
  const discovery = createDiscovery({ tables, clock, telemetry });
  const handling = { ...base, catalog: catalog.desk, discovery, tasks, forward };
  const handle = createHandle({ ...handling, clock, telemetry });
  const directory = createDirectory({ ...base, startedAtMs: clock.now() });
  return { ...base, ...placed, hub, handle, directory, catalog, interactive, guarding };
}

/** Whoever wants to hear of changes needs a connection, also where no call has made one yet. Wakes nothing. */
function listenTo(pool: DronePool, drones: readonly DroneRecord[]): void {
  for (const drone of drones) {
    if (drone.phase !== "ready") continue;
    // Once connected it is told what is wanted; one that cannot be reached has nothing to report.
    Promise.resolve(pool.client(drone)).catch(() => {});
  }
}

async function toldOf(
  { hub, guarding }: Pick<ReturnType<typeof assemble>, "hub" | "guarding">,
  request: ListenRequest,
): Promise<ListenFilter> {
  const { taskIds: wanted = [], ...honoured } = await hub.listen(request);
  if (wanted.length === 0) return honoured;
  return { ...honoured, taskIds: await guarding.tasks.listen(request, wanted) };
}

async function repeatableOf(
  { tables, catalog: { desk } }: Pick<ReturnType<typeof assemble>, "tables" | "catalog">,
  request: McpRequest,
): Promise<Repeatable> {
  try {
    const known = resolve(request, { tables, view: desk.view(request) });
    const target = known ?? resolve(request, { tables, view: await desk.met(request) });
    if (target === undefined) return "never";
    if (target.isSafe) return "freely";
    return honoursKeys(target) ? "with_key" : "never";
  } catch {
    // No such tool: the call itself will say so.
    return "never";
  }
}

function isDraining(tables: Tables, worker: string, droneId: string): boolean {
  return tables.drones(worker).some(({ id, phase }) => id === droneId && phase === "draining");
}

function healthOf(
  tables: Tables,
  pool: DronePool,
): Record<string, { state: string; lastError?: string }> {
  const states = tables.workers().map(({ name, kind }) => {
    const health = tables.health(name);
    const state =
      health?.state ?? (kind === "builtin" || pool.connected(name).length > 0 ? "ready" : "asleep");
    const { lastError } = health ?? {};
    return [name, lastError === undefined ? { state } : { state, lastError }] as const;
  });
  return Object.fromEntries(states);
}
