/**
 * Calls that found no ready drone. Demand is registered before the wake is asked for, so that a worker put to sleep in
 * the same moment is seen to be wanted; one wake per worker runs at a time, however many calls wait.
 */
import type { CallSignal } from "../call-signal.ts";
import { type Clock, type Random, sleep } from "../../protocol/clock.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import type { WorkerRecord } from "../../protocol/records.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { Tables } from "../tables.ts";
import { notSent } from "../upstream/contract.ts";
import type { DronePool, Lease } from "./drone-pool.ts";
import { unavailable } from "./unavailable.ts";
import type { WakeClient } from "./wake-client.ts";

export interface WaitingOptions {
  tables: Tables;
  pool: DronePool;
  wake: WakeClient;
  clock: Clock;
  random: Random;
  telemetry: Telemetry;
  maxWaitingPerWorker: number;
  maxWaiting: number;
  /** Tells the control plane how many wait; resolves when it is written. Never rejects. */
  registerDemand: (worker: string) => Promise<void>;
  onWaitingChanged: (worker: string, waiting: number) => void;
}

interface WaitOptions {
  signal: CallSignal;
  /** Drones that already failed this call. */
  except?: ReadonlySet<string>;
}

export interface Waiting {
  /** A place on a drone, in the order of asking. Rejects with what makes waiting pointless. */
  wait(worker: WorkerRecord, options: WaitOptions): Promise<Lease>;
  count(worker: string): number;
  /** Looks again whether somebody can go. */
  look(worker: string): void;
  close(): void;
}

interface Waiter {
  except: ReadonlySet<string> | undefined;
  resolve(lease: Lease): void;
  reject(error: FlotillaError): void;
}

interface Room {
  waiters: Set<Waiter>;
  /** Aborted when the room empties, so that the wake loop ends. */
  empty: AbortController;
}

/** Asked again while calls still wait: a coordinator that restarted has forgotten the first request. */
const WAKE_AGAIN_MS = 10_000;
/** After a wake request that failed: 100 ms, 200 ms … 5 s, with jitter. */
const WAKE_RETRY_MS = 100;
const MAX_WAKE_RETRY_MS = 5_000;

export function createWaiting(options: WaitingOptions): Waiting {
  return new WaitingRooms(options);
}

class WaitingRooms implements Waiting {
  readonly #options: WaitingOptions;
  readonly #rooms = new Map<string, Room>();
  readonly #unwatch: () => void;
  #total = 0;

  constructor(options: WaitingOptions) {
    this.#options = options;
    this.#unwatch = options.tables.onChange(({ worker }) => this.look(worker));
  }

  wait(worker: WorkerRecord, { signal, except }: WaitOptions): Promise<Lease> {
    const { tables, clock } = this.#options;
    if (signal.aborted) return Promise.reject(notSent("call_cancelled", "The call was cancelled."));
    const why = unavailable(worker.name, tables.health(worker.name), clock.now());
    if (why !== undefined) return Promise.reject(why);
    const refused = this.#refuse(worker.name);
    if (refused !== undefined) return Promise.reject(refused);
    return new Promise((resolve, reject) => {
      const leave = (): void => this.#leave(worker.name, waiter);
      const giveUp = (): void =>
        waiter.reject(notSent("call_cancelled", "The call was cancelled."));
      const waiter: Waiter = {
        except,
        resolve(lease) {
          signal.removeEventListener("abort", giveUp);
          leave();
          resolve(lease);
        },
        reject(error) {
          signal.removeEventListener("abort", giveUp);
          leave();
          reject(error);
        },
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#enter(worker.name, waiter);
    });
  }

  count(worker: string): number {
    return this.#rooms.get(worker)?.waiters.size ?? 0;
  }

  look(worker: string): void {
    const room = this.#rooms.get(worker);
    if (room === undefined) return;
    const { pool, tables, clock } = this.#options;
    for (const waiter of room.waiters) {
      const lease = pool.acquire(worker, waiter.except);
      if (lease !== undefined) waiter.resolve(lease);
    }
    if (room.waiters.size === 0) return;
    this.#fail(room, unavailable(worker, tables.health(worker), clock.now()));
    if (tables.worker(worker) === undefined) this.#fail(room, removed(worker));
  }

  close(): void {
    this.#unwatch();
    const error = notSent("worker_unavailable", "The gateway is shutting down.");
    for (const room of this.#rooms.values()) this.#fail(room, error);
  }

  #refuse(worker: string): FlotillaError | undefined {
    const { maxWaiting, maxWaitingPerWorker } = this.#options;
    if (this.count(worker) < maxWaitingPerWorker && this.#total < maxWaiting) return undefined;
    return new FlotillaError("overloaded", `Too many calls wait for ${worker} to start.`, {
      retryable: true,
      retryAfterMs: 1_000,
      data: { worker, sent: false },
    });
  }

  #enter(worker: string, waiter: Waiter): void {
    let room = this.#rooms.get(worker);
    const isFirst = room === undefined;
    room ??= { waiters: new Set(), empty: new AbortController() };
    room.waiters.add(waiter);
    this.#rooms.set(worker, room);
    this.#total += 1;
    this.#options.onWaitingChanged(worker, room.waiters.size);
    if (isFirst) void this.#wakeUntilEmpty(worker, room);
  }

  #leave(worker: string, waiter: Waiter): void {
    const room = this.#rooms.get(worker);
    if (room === undefined || !room.waiters.delete(waiter)) return;
    this.#total -= 1;
    if (room.waiters.size === 0) {
      this.#rooms.delete(worker);
      room.empty.abort();
    }
    this.#options.onWaitingChanged(worker, room.waiters.size);
  }

  #fail(room: Room, error: FlotillaError | undefined): void {
    if (error === undefined) return;
    for (const waiter of room.waiters) waiter.reject(error);
  }

  async #wakeUntilEmpty(worker: string, room: Room): Promise<void> {
    const { registerDemand, wake, clock, random, telemetry } = this.#options;
    const { signal } = room.empty;
    for (let failures = 0; !signal.aborted;) {
      await registerDemand(worker);
      if (signal.aborted) return;
      const outcome = await wake.ask(worker, signal);
      let pauseMs = WAKE_AGAIN_MS;
      if (outcome.kind === "refused") this.#fail(room, outcome.error);
      if (outcome.kind === "failed") {
        telemetry.log.warn("asking to wake a worker failed", { worker, reason: outcome.reason });
        const ceilingMs = Math.min(MAX_WAKE_RETRY_MS, WAKE_RETRY_MS * 2 ** failures);
        pauseMs = ceilingMs / 2 + (random() * ceilingMs) / 2;
        failures += 1;
      }
      // The answer may have come after the drone: records and answers take different ways.
      this.look(worker);
      await sleep(clock, pauseMs, signal);
    }
  }
}

function removed(worker: string): FlotillaError {
  return new FlotillaError("worker_unknown", `The worker ${worker} was removed from the fleet.`, {
    data: { worker, sent: false },
  });
}
