/** A gateway as the contracts describe it, without any MCP: calls are counts, and its view of the fleet lags. */
import type { Clock } from "../../protocol/clock.ts";
import { keys, type ActivityRecord, type DroneRecord } from "../../protocol/records.ts";
import type { FakeStore } from "./fake-store.ts";
import { droneOf, healthOf } from "./stage.ts";

export interface FakeGateway {
  readonly id: string;
  readonly calls: Set<Call>;
  readonly ended: Record<CallEnd, number>;
  /** A call comes in. Goes to a drone it believes ready, or waits, with demand registered before the wake is sent. */
  arrive(worker: string): Promise<void>;
  /** Looks at the fleet, sends waiting calls on or refuses them, reports. */
  tick(): Promise<void>;
  /** The call got its answer. */
  finish(call: Call): void;
  /** Its process is gone, and its calls with it. */
  dropCallsOn(gone: (drone: string) => boolean): void;
}

export type CallEnd = "served" | "refused" | "lost" | "timed_out";

export interface Call {
  worker: string;
  bornMs: number;
  drone: string | undefined;
}

export interface FakeGatewayOptions {
  id: string;
  store: FakeStore;
  clock: Clock;
  callTimeoutMs: number;
  wake: (worker: string) => void;
  /** Whether the drone is really there. */
  isAlive: (drone: string) => boolean;
  onEnd?: (call: Call, end: CallEnd) => void;
  /** A planted bug: says that drones are free without looking. */
  liesAboutDrains?: boolean;
}

interface Gateway extends FakeGatewayOptions {
  calls: Set<Call>;
  ended: Record<CallEnd, number>;
  drones: DroneRecord[];
  written: Map<string, string>;
  lastCallAtMs: Map<string, number>;
}

export function createFakeGateway(options: FakeGatewayOptions): FakeGateway {
  const gateway: Gateway = {
    ...options,
    calls: new Set(),
    ended: { served: 0, refused: 0, lost: 0, timed_out: 0 },
    drones: [],
    written: new Map(),
    lastCallAtMs: new Map(),
  };
  return {
    id: options.id,
    calls: gateway.calls,
    ended: gateway.ended,
    async arrive(worker) {
      const call: Call = { worker, bornMs: options.clock.now(), drone: undefined };
      gateway.calls.add(call);
      gateway.lastCallAtMs.set(worker, call.bornMs);
      if (send(gateway, call)) return;
      await report(gateway, worker);
      options.wake(worker);
    },
    tick: () => tick(gateway),
    finish: (call) => endCall(gateway, call, "served"),
    dropCallsOn(gone) {
      for (const call of gateway.calls) {
        if (call.drone !== undefined && gone(call.drone)) gateway.calls.delete(call);
      }
    },
  };
}

/** True when the call no longer waits. */
function send(gateway: Gateway, call: Call): boolean {
  const ready = gateway.drones.filter((d) => d.worker === call.worker && d.phase === "ready");
  const drone = ready.toSorted((a, b) => callsOn(gateway, a.id) - callsOn(gateway, b.id))[0];
  if (drone === undefined) return false;
  call.drone = drone.id;
  if (!gateway.isAlive(drone.id)) endCall(gateway, call, "lost");
  return true;
}

async function tick(gateway: Gateway): Promise<void> {
  const { store, clock } = gateway;
  gateway.drones = store.peek("drone/").map(droneOf);
  const known = new Set(gateway.drones.map((drone) => drone.id));
  for (const call of gateway.calls) {
    if (call.drone !== undefined) {
      if (!known.has(call.drone) || !gateway.isAlive(call.drone)) endCall(gateway, call, "lost");
      continue;
    }
    if (send(gateway, call)) continue;
    const health = healthOf(store.peek(keys.health(call.worker))[0]);
    const failing = health?.state === "backing_off" || health?.state === "crash_loop";
    if (failing) endCall(gateway, call, "refused");
    else if (clock.now() - call.bornMs >= gateway.callTimeoutMs)
      endCall(gateway, call, "timed_out");
  }
  for (const worker of gateway.lastCallAtMs.keys()) await report(gateway, worker);
}

function endCall(gateway: Gateway, call: Call, end: CallEnd): void {
  if (!gateway.calls.delete(call)) return;
  gateway.ended[end] += 1;
  gateway.onEnd?.(call, end);
}

function callsOn(gateway: Gateway, drone: string): number {
  return [...gateway.calls].filter((call) => call.drone === drone).length;
}

async function report(gateway: Gateway, worker: string): Promise<void> {
  const inFlight: Record<string, number> = {};
  for (const drone of gateway.drones.filter((one) => one.worker === worker)) {
    const calls = gateway.liesAboutDrains === true ? 0 : callsOn(gateway, drone.id);
    // Zero is a promise, given only for drones that are on their way out.
    if (calls > 0 || drone.phase === "draining") inFlight[drone.id] = calls;
  }
  const record: ActivityRecord = {
    worker,
    gateway: gateway.id,
    waiting: [...gateway.calls].filter((c) => c.worker === worker && c.drone === undefined).length,
    inFlight,
    lastCallAtMs: gateway.lastCallAtMs.get(worker) ?? 0,
  };
  const text = JSON.stringify(record);
  if (gateway.written.get(worker) === text) return;
  gateway.written.set(worker, text);
  await gateway.store.records.put(keys.activity(worker, gateway.id), record);
}
