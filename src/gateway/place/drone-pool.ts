/** The drones this gateway may use: who is ready, how busy each is, and the one connection to each. */
import type { Clock, Random } from "../../protocol/clock.ts";
import { FlotillaError, messageOf } from "../../protocol/errors.ts";
import { DEFAULT_LIMITS, type LimitSpec } from "../../protocol/fleet.ts";
import type { DroneRecord } from "../../protocol/records.ts";
import { isModern } from "../../protocol/versions.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { Dial } from "../dial.ts";
import type { Tables } from "../tables.ts";
import { connectUpstream } from "../upstream/connect.ts";
import { choose, createDroneLoad, type DroneLoad } from "./balance.ts";
import { notSent, type UpstreamClient } from "../upstream/contract.ts";
import type { ClientInfo } from "../upstream/envelope.ts";
import { createEraMemory, type EraMemory } from "../upstream/era.ts";
import type { HttpClient } from "../upstream/http/http-client.ts";

/** A place on a drone. Held for as long as the call runs, so that a draining drone is not ended under it. */
export interface Lease {
  drone: DroneRecord;
  /** `ok`: whether the drone did its part; absent when the call says nothing about that. Idempotent. */
  release(ok?: boolean): void;
}

export interface DronePoolEvents {
  /** First contact of this gateway with a drone. */
  onConnected(drone: DroneRecord, client: UpstreamClient): void;
  /** A change notification of a drone. */
  onNotification(drone: DroneRecord, method: string, params: Record<string, unknown>): void;
  /** A place was taken or given back. */
  onUse(worker: string, droneId: string, inFlight: number): void;
  /** A drone's record says ready, but its link has ended and stayed so. */
  onBroken(drone: DroneRecord): void;
  /** A drone may be chosen again without its record having changed. */
  onUsable(worker: string): void;
}

export interface DronePoolOptions {
  tables: Tables;
  dial: Dial;
  http: HttpClient;
  clock: Clock;
  random: Random;
  telemetry: Telemetry;
  gateway: ClientInfo;
  cooldownMs: number;
  events: DronePoolEvents;
}

interface Connection {
  client?: UpstreamClient;
  connecting?: Promise<UpstreamClient>;
  abort: AbortController;
}

export interface DronePool {
  /** A place on the ready drone that is likely to answer first (`balance.ts`); undefined when there is none. */
  acquire(worker: string, except?: ReadonlySet<string>): Lease | undefined;
  /** A place on this very drone; while it drains only if it has calls of ours, as was told (`ActivityRecord`). */
  acquireOf(worker: string, droneId: string): Lease | undefined;
  /** The client of a drone, connected once. An aborted `signal` gives up waiting, not the connection. */
  client(drone: DroneRecord): UpstreamClient | Promise<UpstreamClient>;
  /** Connects on behalf of whoever started the drone; aborting `signal` gives the connection up. */
  probe(drone: DroneRecord, signal: AbortSignal): Promise<void>;
  /** Clients that stand now. */
  connected(worker: string): UpstreamClient[];
  /** Not to be chosen for a while. */
  cool(drone: DroneRecord): void;
  inFlight(droneId: string): number;
  close(): void;
}

export function createDronePool(options: DronePoolOptions): DronePool {
  return new Pool(options);
}

class Pool implements DronePool {
  readonly #options: DronePoolOptions;
  readonly #eras: EraMemory;
  readonly #connections = new Map<string, Connection>();
  readonly #loads = new Map<string, DroneLoad>();
  readonly #cooling = new Set<string>();
  readonly #unwatch: () => void;

  constructor(options: DronePoolOptions) {
    this.#options = options;
    this.#eras = createEraMemory(options.clock);
    this.#unwatch = options.tables.onChange((change) => {
      if (change.table !== "drone") return;
      this.#cooling.delete(change.drone.id);
      if (change.gone) this.#loads.delete(change.drone.id);
      if (change.gone || change.drone.phase === "ending") this.#drop(change.drone.id);
    });
  }

  acquire(worker: string, except?: ReadonlySet<string>): Lease | undefined {
    const all = this.#candidates(worker);
    const [only] = all;
    // Most workers have one drone: nothing to choose, and nothing to make a list for.
    if (all.length === 1 && only !== undefined)
      return this.#isUsable(only, except) ? this.#lease(only) : undefined;
    const usable = all.filter((drone) => this.#isUsable(drone, except));
    const { clock, random } = this.#options;
    const drone = choose(usable, (one) => this.#load(one), { nowMs: clock.monotonicMs(), random });
    return drone === undefined ? undefined : this.#lease(drone);
  }

  acquireOf(worker: string, droneId: string): Lease | undefined {
    const drone = this.#candidates(worker).find(({ id }) => id === droneId);
    if (drone === undefined) return undefined;
    const isDraining = drone.phase === "draining" && this.inFlight(droneId) > 0;
    return drone.phase === "ready" || isDraining ? this.#lease(drone) : undefined;
  }

  client(drone: DroneRecord): UpstreamClient | Promise<UpstreamClient> {
    const known = this.#connections.get(drone.id);
    if (known?.client !== undefined) return known.client;
    if (known?.connecting !== undefined) return known.connecting;
    const abort = new AbortController();
    const connection: Connection = { abort };
    connection.connecting = this.#connect(drone, connection);
    this.#connections.set(drone.id, connection);
    return connection.connecting;
  }

  async probe(drone: DroneRecord, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const giveUp = (): void => this.#connections.get(drone.id)?.abort.abort();
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      await this.client(drone);
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  connected(worker: string): UpstreamClient[] {
    return this.#candidates(worker).flatMap(({ id }) => this.#connections.get(id)?.client ?? []);
  }

  cool(drone: DroneRecord): void {
    const { clock, cooldownMs, events } = this.#options;
    this.#cooling.add(drone.id);
    clock.after(cooldownMs, () => {
      if (this.#cooling.delete(drone.id)) events.onUsable(drone.worker);
    });
  }

  inFlight(droneId: string): number {
    return this.#loads.get(droneId)?.inFlight() ?? 0;
  }

  close(): void {
    this.#unwatch();
    for (const id of this.#connections.keys()) this.#drop(id);
  }

  /** A builtin worker needs no drone record: it lives in whatever process dials it. */
  #candidates(worker: string): readonly DroneRecord[] {
    const { tables } = this.#options;
    const drones = tables.drones(worker);
    if (drones.length > 0) return drones;
    const record = tables.worker(worker);
    return record?.kind === "builtin" ? [builtinDrone(worker, record.revision)] : drones;
  }

  #isUsable({ id, phase }: DroneRecord, except: ReadonlySet<string> | undefined): boolean {
    return phase === "ready" && !this.#cooling.has(id) && except?.has(id) !== true;
  }

  #load({ id, readyAtMs, createdAtMs }: DroneRecord): DroneLoad {
    const known = this.#loads.get(id);
    if (known !== undefined) return known;
    const { clock } = this.#options;
    const made = createDroneLoad({
      sinceMs: readyAtMs ?? createdAtMs,
      wallMs: clock.now(),
      nowMs: clock.monotonicMs(),
    });
    this.#loads.set(id, made);
    return made;
  }

  #lease(drone: DroneRecord): Lease {
    const { clock, events } = this.#options;
    const load = this.#load(drone);
    const beganMs = clock.monotonicMs();
    let held = true;
    load.began(beganMs);
    events.onUse(drone.worker, drone.id, load.inFlight());
    return {
      drone,
      release: (ok) => {
        if (!held) return;
        held = false;
        const nowMs = clock.monotonicMs();
        load.ended(ok, { ms: nowMs - beganMs, nowMs });
        events.onUse(drone.worker, drone.id, load.inFlight());
      },
    };
  }

  async #connect(drone: DroneRecord, connection: Connection): Promise<UpstreamClient> {
    const { dial, events, tables } = this.#options;
    const limits = tables.worker(drone.worker)?.limits ?? DEFAULT_LIMITS;
    const { abort } = connection;
    const timer = this.#options.clock.after(limits.startTimeoutMs, () => abort.abort());
    try {
      // Not before the connection stands in the table, also when `dial` throws at once.
      const dialled = await Promise.resolve(drone).then(dial);
      const client = await connectUpstream({
        ...this.#contact(drone, limits),
        dialled,
        signal: abort.signal,
      });
      connection.client = client;
      void client.closed.then(() => this.#lost(drone, connection));
      events.onConnected(drone, client);
      return client;
    } catch (error) {
      if (this.#connections.get(drone.id) === connection) this.#connections.delete(drone.id);
      throw unreachable(error, abort.signal.aborted);
    } finally {
      timer.cancel();
      delete connection.connecting;
    }
  }

  #contact(
    drone: DroneRecord,
    limits: LimitSpec,
  ): Omit<Parameters<typeof connectUpstream>[0], "dialled" | "signal"> {
    const { clock, http, gateway, telemetry, events, tables } = this.#options;
    const eraKey = `${drone.worker}@${drone.revision}`;
    // A catalogue of this revision outlives the process and tells the era of what it was read from.
    const known = tables.catalog(drone.worker);
    if (
      drone.address.kind === "link" &&
      known?.source === "drone" &&
      known.revision === drone.revision &&
      !isModern(known.catalog.protocolVersion) &&
      this.#eras.recall(eraKey) === undefined
    ) {
      this.#eras.remember(eraKey, { era: "legacy", transport: "link" });
    }
    return {
      clock,
      http,
      gateway,
      telemetry: {
        ...telemetry,
        log: telemetry.log.with({ worker: drone.worker, drone: drone.id }),
      },
      maxMessageBytes: limits.maxMessageBytes,
      eras: this.#eras,
      eraKey,
      onChange: (method, params) => events.onNotification(drone, method, params),
    };
  }

  #lost(drone: DroneRecord, connection: Connection): void {
    if (this.#connections.get(drone.id) !== connection) return;
    this.#connections.delete(drone.id);
    this.cool(drone);
    // A link that ended without its drone ending (it spoke nonsense, say) would be waited for in vain.
    // Whether a drone of another process is broken, that process finds out.
    if (drone.address.kind !== "link" || drone.launcher === "builtin") return;
    if (connection.client?.isForwarded === true) return;
    this.#options.clock.after(this.#options.cooldownMs, () => {
      const now = this.#options.tables.drones(drone.worker).find(({ id }) => id === drone.id);
      if (now?.phase === "ready") this.#options.events.onBroken(now);
    });
  }

  #drop(droneId: string): void {
    const connection = this.#connections.get(droneId);
    if (connection === undefined) return;
    this.#connections.delete(droneId);
    connection.abort.abort();
    connection.client?.close();
  }
}

/** Whatever went wrong before the first call, no call was sent. */
function unreachable(error: unknown, timedOut: boolean): FlotillaError {
  const inner = error instanceof FlotillaError ? error : undefined;
  const message = timedOut
    ? "The worker did not answer the first handshake in time."
    : messageOf(error);
  const code = inner === undefined || timedOut ? "drone_lost" : inner.code;
  if (code === "drone_lost") return notSent("drone_lost", message, error);
  return new FlotillaError(code, message, {
    retryable: inner?.retryable ?? false,
    ...(inner?.hint === undefined ? {} : { hint: inner.hint }),
    data: { ...inner?.data, sent: false },
    cause: error,
  });
}

function builtinDrone(worker: string, revision: string): DroneRecord {
  return {
    id: `builtin-${worker}`,
    worker,
    revision,
    launcher: "builtin",
    handle: worker,
    phase: "ready",
    address: { kind: "link", node: "", launcher: "builtin" },
    createdAtMs: 0,
    reason: "built in",
  };
}
