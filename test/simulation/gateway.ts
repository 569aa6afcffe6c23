/**
 * A gateway without MCP: the real tables, drone pool (balancer and breakers), waiting room, wake client and activity
 * reports; in place of a forwarded call, a number of milliseconds on a simulated drone.
 */
import type { Clock, Random } from "../../src/protocol/clock.ts";
import type { Store } from "../../src/store/contract.ts";
import { silentTelemetry } from "../../src/telemetry/index.ts";
import { createActivity } from "../../src/gateway/activity.ts";
import { createBreaker, type Breaker } from "../../src/gateway/place/breaker.ts";
import { createDronePool, type Lease } from "../../src/gateway/place/drone-pool.ts";
import { createWaiting } from "../../src/gateway/place/waiting.ts";
import { createWakeClient } from "../../src/gateway/place/wake-client.ts";
import { watchTables } from "../../src/gateway/tables.ts";
import type { Member } from "./member.ts";
import type { Places } from "./place.ts";

export type CallEnd = "served" | "failed" | "refused" | "lost" | "timed_out";

export interface Call {
  readonly worker: string;
  readonly bornMs: number;
  drone: string | undefined;
}

export interface SimGateway {
  readonly member: Member;
  readonly calls: ReadonlySet<Call>;
  readonly ended: Record<CallEnd, number>;
  /** A call comes in that will keep its drone for so long. */
  call(worker: string, takesMs: number): void;
  close(): Promise<void>;
}

export interface SimGatewayOptions {
  member: Member;
  store: Store;
  /** The member's own; `real` is the world's. */
  clock: Clock;
  real: Clock;
  random: Random;
  places: Places;
  callTimeoutMs: number;
  coordinatorFetch: (request: Request) => Promise<Response>;
  onEnd: (call: Call, end: CallEnd) => void;
  /** A drone was chosen against its breaker although enough others were sound. */
  onBrokenChoice: (drone: string) => void;
}

/** Calls that were surely not sent are tried on another drone so often. */
const TRIES = 3;

export function createSimGateway(options: SimGatewayOptions): SimGateway {
  const parts = createParts(options);
  const { member, real } = options;
  const calls = new Set<Call>();
  const ended = { served: 0, failed: 0, refused: 0, lost: 0, timed_out: 0 };
  const run = async (call: Call, takesMs: number): Promise<void> => {
    const end = await serve(parts, call, takesMs);
    calls.delete(call);
    ended[end] += 1;
    options.onEnd(call, end);
  };
  return {
    member,
    calls,
    ended,
    call(worker, takesMs) {
      const call: Call = { worker, bornMs: real.monotonicMs(), drone: undefined };
      calls.add(call);
      void run(call, takesMs);
    },
    close: parts.close,
  };
}

function createParts(options: SimGatewayOptions) {
  const { member, clock, random, store } = options;
  const { records } = store;
  const telemetry = silentTelemetry;
  const gone = new AbortController();
  const tables = watchTables({ records, clock, telemetry, signal: gone.signal });
  const pool = createDronePool({
    tables,
    clock,
    random,
    telemetry,
    gateway: { name: "simulated", version: "0.0.0" },
    cooldownMs: 1_000,
    dial: () => Promise.reject(new Error("calls are simulated")),
    http: {
      request: () => Promise.reject(new Error("calls are simulated")),
      close: async () => undefined,
    },
    events: {
      onConnected: () => undefined,
      onNotification: () => undefined,
      onBroken: () => undefined,
      onUse: (worker) => activity.touch(worker),
      onUsable: (worker) => waiting.look(worker),
    },
  });
  const waiting = createWaiting({
    tables,
    pool,
    clock,
    random,
    telemetry,
    wake: createWakeClient({
      coordinatorFetch: options.coordinatorFetch,
      gatewayId: member.name,
      clock,
    }),
    maxWaiting: 10_000,
    maxWaitingPerWorker: 1_000,
    registerDemand: (worker) => activity.tellNow(worker),
    onWaitingChanged: (worker) => activity.touch(worker),
  });
  const activity = createActivity({
    records,
    tables,
    clock,
    telemetry,
    gatewayId: member.name,
    waiting: (worker) => waiting.count(worker),
    inFlight: (drone) => pool.inFlight(drone),
  });
  const breakers = new Map<string, Breaker>();
  tables.onChange((change) => {
    if (change.table === "drone" && change.gone) breakers.delete(change.drone.id);
  });
  const close = async (): Promise<void> => {
    gone.abort();
    waiting.close();
    await activity.close();
    pool.close();
  };
  return { options, tables, pool, waiting, activity, breakers, close };
}

type Parts = ReturnType<typeof createParts>;

async function serve(parts: Parts, call: Call, takesMs: number): Promise<CallEnd> {
  const { options, tables, pool, waiting, activity } = parts;
  const timeout = new AbortController();
  const timer = options.real.after(options.callTimeoutMs, () => timeout.abort());
  const except = new Set<string>();
  try {
    activity.called(call.worker);
    for (let tries = 0; tries < TRIES; tries++) {
      const worker = tables.worker(call.worker);
      if (worker === undefined) return "refused";
      const { signal } = timeout;
      const lease =
        pool.acquire(call.worker, except) ?? (await waiting.wait(worker, { signal, except }));
      checkChoice(parts, lease, except);
      const end = await onDrone(parts, { call, lease, takesMs });
      if (end !== "not_sent") return end;
      except.add(lease.drone.id);
    }
    return "lost";
  } catch {
    return timeout.signal.aborted ? "timed_out" : "refused";
  } finally {
    timer.cancel();
  }
}

/** The pool's own breakers cannot be seen; the same outcomes at the same times make the same ones. */
function breakerOf({ breakers }: Parts, drone: string): Breaker {
  let breaker = breakers.get(drone);
  if (breaker === undefined) breakers.set(drone, (breaker = createBreaker()));
  return breaker;
}

function checkChoice(parts: Parts, lease: Lease, except: ReadonlySet<string>): void {
  const { tables, options } = parts;
  const now = options.clock.monotonicMs();
  const ready = tables
    .drones(lease.drone.worker)
    .filter(({ id, phase }) => phase === "ready" && !except.has(id));
  const sound = ready.filter(({ id }) => breakerOf(parts, id).allows(now));
  const chosen = breakerOf(parts, lease.drone.id);
  if (!chosen.allows(now) && ready.length > 1 && sound.length * 2 >= ready.length) {
    options.onBrokenChoice(lease.drone.id);
  }
  chosen.began(now);
}

async function onDrone(
  parts: Parts,
  at: { call: Call; lease: Lease; takesMs: number },
): Promise<"served" | "failed" | "lost" | "not_sent"> {
  const { call, lease } = at;
  const { places, real, random, clock } = parts.options;
  const release = (ok: boolean): void => {
    breakerOf(parts, lease.drone.id).ended(ok, clock.monotonicMs());
    lease.release(ok);
    call.drone = undefined;
  };
  const drone = places.find(lease.drone.id);
  if (drone === undefined) {
    release(false);
    return "not_sent";
  }
  call.drone = lease.drone.id;
  const lived = await new Promise<boolean>((resolve) => {
    const died = (): void => {
      timer.cancel();
      resolve(false);
    };
    drone.mourners.add(died);
    const timer = real.after(at.takesMs, () => {
      drone.mourners.delete(died);
      resolve(true);
    });
  });
  const ok = lived && !(drone.sick && random() < 0.9);
  release(ok);
  if (!lived) return "lost";
  return ok ? "served" : "failed";
}
