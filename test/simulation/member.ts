/**
 * What one member of the fleet (a coordinator, a gateway) has of the world: a clock that may be wrong or stand still,
 * and a line that may be slow, lossy or cut. When it is killed, nothing it was doing goes on.
 */
import { sleep, type Clock, type Random } from "../../src/protocol/clock.ts";
import { FlotillaError } from "../../src/protocol/errors.ts";
import type { Store } from "../../src/store/contract.ts";
import type { Launcher } from "../../src/launchers/contract.ts";

export interface Member {
  readonly name: string;
  alive: boolean;
  /** Its wall clock is wrong by so much. */
  skewMs: number;
  /** Its process stands still until then (monotonic). */
  pausedUntilMs: number;
  /** No message gets through until then (monotonic). */
  cutUntilMs: number;
  /** Share of messages that get lost, and of those that come twice. */
  lossShare: number;
  twiceShare: number;
  /** A message takes between none and so long. */
  delayMs: number;
  /** Aborts when it is killed. */
  readonly end: AbortController;
}

/** A request without an answer is given up after so long. */
const PATIENCE_MS = 2_000;

export function newMember(name: string): Member {
  return {
    name,
    alive: true,
    skewMs: 0,
    pausedUntilMs: 0,
    cutUntilMs: 0,
    lossShare: 0,
    twiceShare: 0,
    delayMs: 0,
    end: new AbortController(),
  };
}

export function kill(member: Member): void {
  member.alive = false;
  member.end.abort();
}

export interface Surroundings {
  member: Member;
  clock: Clock;
  random: Random;
}

export function memberClock({ member, clock }: Omit<Surroundings, "random">): Clock {
  const fireWhenRunning = (fire: () => void): void => {
    if (!member.alive) return;
    const leftMs = member.pausedUntilMs - clock.monotonicMs();
    if (leftMs > 0) clock.after(leftMs, () => fireWhenRunning(fire));
    else fire();
  };
  return {
    now: () => clock.now() + member.skewMs,
    monotonicMs: () => clock.monotonicMs(),
    after(delayMs, fire) {
      let cancelled = false;
      const timer = clock.after(delayMs, () =>
        fireWhenRunning(() => (cancelled ? undefined : fire())),
      );
      return {
        cancel() {
          cancelled = true;
          timer.cancel();
        },
      };
    },
  };
}

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** Lets the world go on until the member runs again; never resolves for a dead one. */
async function running({ member, clock }: Surroundings): Promise<void> {
  for (;;) {
    if (!member.alive) return never();
    const leftMs = member.pausedUntilMs - clock.monotonicMs();
    if (leftMs <= 0) return;
    await sleep(clock, leftMs);
  }
}

/** One request over the line. `unanswered` is what the asker sees of a message that was lost. */
export async function send<T>(
  around: Surroundings,
  work: () => Promise<T>,
  unanswered: () => Error,
): Promise<T> {
  const { member, clock, random } = around;
  if (!member.alive) return never();
  const lost = async (): Promise<never> => {
    await sleep(clock, PATIENCE_MS);
    await running(around);
    throw unanswered();
  };
  if (member.delayMs > 0) await sleep(clock, random() * member.delayMs);
  if (!member.alive) return never();
  if (clock.monotonicMs() < member.cutUntilMs) return lost();
  const isLost = member.lossShare > 0 && random() < member.lossShare;
  // Half of the lost messages are answers: what was asked for has happened.
  if (isLost && random() < 0.5) return lost();
  const answer = await settled(work());
  if (member.twiceShare > 0 && random() < member.twiceShare) await settled(work());
  if (isLost) return lost();
  await running(around);
  if (answer.ok) return answer.value;
  throw answer.error;
}

type Settled<T> = { ok: true; value: T } | { ok: false; error: unknown };

async function settled<T>(work: Promise<T>): Promise<Settled<T>> {
  try {
    return { ok: true, value: await work };
  } catch (error) {
    return { ok: false, error };
  }
}

const storeSilent = (): Error =>
  new FlotillaError("store_unreadable", "The store did not answer.", { retryable: true });
const launcherSilent = (): Error =>
  new FlotillaError("launcher_unknown", "The launcher did not answer.", { retryable: true });

export function storeOf(around: Surroundings, store: Store): Store {
  const { records, leases, events } = store;
  const ask = <T>(work: () => Promise<T>): Promise<T> => send(around, work, storeSilent);
  return {
    ...store,
    records: {
      get: (key) => ask(() => records.get(key)),
      list: (prefix) => ask(() => records.list(prefix)),
      put: (key, value, options) => ask(() => records.put(key, value, options)),
      delete: (key, options) => ask(() => records.delete(key, options)),
      watch: (prefix, signal) => watch(around, records.watch(prefix, both(around, signal))),
    },
    leases: {
      acquire: (name, holder, ttlMs) => ask(() => leases.acquire(name, holder, ttlMs)),
      renew: (lease, ttlMs) => ask(() => leases.renew(lease, ttlMs)),
      release: (lease) => ask(() => leases.release(lease)),
      get: (name) => ask(() => leases.get(name)),
    },
    events: { ...events, append: (topic, values) => ask(() => events.append(topic, values)) },
  };
}

const both = ({ member }: Surroundings, signal: AbortSignal): AbortSignal =>
  AbortSignal.any([member.end.signal, signal]);

/** A feed over the line: late as the line is, and broken off when the line is cut. */
async function* watch<T>(around: Surroundings, feed: AsyncIterable<T>): AsyncGenerator<T> {
  const { member, clock, random } = around;
  const cut = (): boolean => clock.monotonicMs() < member.cutUntilMs;
  if (cut()) {
    await sleep(clock, PATIENCE_MS);
    await running(around);
    throw storeSilent();
  }
  for await (const batch of feed) {
    if (member.delayMs > 0) await sleep(clock, random() * member.delayMs);
    await running(around);
    if (cut()) throw storeSilent();
    yield batch;
  }
  if (!member.alive) await never();
}

export function launcherOf(around: Surroundings, launcher: Launcher): Launcher {
  const { member, random } = around;
  const ask = <T>(work: () => Promise<T>): Promise<T> => send(around, work, launcherSilent);
  return {
    name: launcher.name,
    capabilities: launcher.capabilities,
    create: (claim, signal) => ask(() => launcher.create(claim, signal)),
    get: (handle) => ask(() => launcher.get(handle)),
    list: () => ask(() => launcher.list()),
    end: (handle, graceMs) => ask(() => launcher.end(handle, graceMs)),
    connect: (handle) => launcher.connect(handle),
    // Hints are messages without an answer: they get lost, and come twice.
    onChange: (listener) =>
      launcher.onChange((handle) => {
        const lost = member.lossShare > 0 && random() < member.lossShare;
        if (!member.alive || lost) return;
        void running(around).then(() => {
          listener(handle);
          if (member.twiceShare > 0 && random() < member.twiceShare) listener(handle);
        });
      }),
    close: () => launcher.close(),
  };
}
