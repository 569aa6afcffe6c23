/**
 * One life of a coordinator. When it is killed, nothing it was doing goes on: calls it made never answer, its timers
 * never fire, its listeners hear nothing — while what it wrote and launched stays, as after kill -9.
 */
import type { Launcher } from "../../launchers/contract.ts";
import type { Clock } from "../../protocol/clock.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import type { Store } from "../../store/contract.ts";

export interface Life {
  alive: boolean;
  /** Dies by itself at the so-many-th call from now, before or after it took effect. */
  diesAfterCalls: number | undefined;
  diesBefore: boolean;
  /** The next so many store calls fail. */
  failures: number;
}

export function newLife(): Life {
  return { alive: true, diesAfterCalls: undefined, diesBefore: false, failures: 0 };
}

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** Counts one call; says whether it still happens and whether its answer still arrives. */
function spend(life: Life): { happens: boolean; answers: boolean } {
  if (!life.alive) return { happens: false, answers: false };
  if (life.diesAfterCalls === undefined) return { happens: true, answers: true };
  life.diesAfterCalls -= 1;
  if (life.diesAfterCalls > 0) return { happens: true, answers: true };
  life.alive = false;
  return { happens: !life.diesBefore, answers: false };
}

function call<T>(life: Life, work: () => Promise<T>): Promise<T> {
  const { happens, answers } = spend(life);
  if (!happens) return never();
  if (life.failures > 0) {
    life.failures -= 1;
    return Promise.reject(
      new FlotillaError("store_unreadable", "The disk had a hiccup.", { retryable: true }),
    );
  }
  const answer = work();
  return answers ? whileAlive(life, answer) : never();
}

async function whileAlive<T>(life: Life, answer: Promise<T>): Promise<T> {
  try {
    const value = await answer;
    return life.alive ? value : await never<T>();
  } catch (error) {
    if (life.alive) throw error;
    return never<T>();
  }
}

async function* iterateWhileAlive<T>(life: Life, source: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const item of source) {
    if (!life.alive) return;
    yield item;
  }
}

export function cutStore(life: Life, store: Store): Store {
  const { records, leases, events } = store;
  return {
    ...store,
    records: {
      get: (key) => call(life, () => records.get(key)),
      list: (prefix) => call(life, () => records.list(prefix)),
      put: (key, value, options) => call(life, () => records.put(key, value, options)),
      delete: (key, options) => call(life, () => records.delete(key, options)),
      watch: (prefix, signal) => iterateWhileAlive(life, records.watch(prefix, signal)),
    },
    leases: {
      acquire: (name, holder, ttlMs) => call(life, () => leases.acquire(name, holder, ttlMs)),
      renew: (lease, ttlMs) => call(life, () => leases.renew(lease, ttlMs)),
      release: (lease) => call(life, () => leases.release(lease)),
      get: (name) => call(life, () => leases.get(name)),
    },
    events: {
      ...events,
      append: (topic, values) => call(life, () => events.append(topic, values)),
      trim: (topic, keep) => call(life, () => events.trim(topic, keep)),
    },
  };
}

export function cutLauncher(life: Life, launcher: Launcher): Launcher {
  const ask = <T>(work: () => Promise<T>): Promise<T> =>
    life.alive ? whileAlive(life, work()) : never<T>();
  return {
    name: launcher.name,
    capabilities: launcher.capabilities,
    create: (claim, signal) => ask(() => launcher.create(claim, signal)),
    get: (handle) => ask(() => launcher.get(handle)),
    list: () => ask(() => launcher.list()),
    end: (handle, graceMs) => ask(() => launcher.end(handle, graceMs)),
    connect: (handle) => ask(() => launcher.connect(handle)),
    onChange: (listener) =>
      launcher.onChange((handle) => (life.alive ? listener(handle) : undefined)),
    close: () => launcher.close(),
  };
}

export function cutClock(life: Life, clock: Clock): Clock {
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    after: (delayMs, fire) => clock.after(delayMs, () => (life.alive ? fire() : undefined)),
  };
}
