/**
 * Where legacy sessions live. In memory and bounded; asynchronous, so that a store which seals the state into the id
 * (any gateway can then open it) fits behind the same contract.
 */
import type { Timer } from "../../../protocol/clock.ts";
import type { Endpoint } from "../../call.ts";
import type { FrontDeps } from "../deps.ts";
import { endpointKey } from "../route.ts";
import { createAsks } from "./interact-asks.ts";
import { DEFAULT_LOG_LEVEL } from "./session.ts";
import type { Session, SessionSeed } from "./session.ts";
import { SessionStreams } from "./streams.ts";
import { Subscriptions } from "./subscriptions.ts";

export interface SessionStore {
  /** A new session, or undefined when the bound is reached and every session is in use. */
  open(seed: SessionSeed): Promise<Session | undefined>;
  /** The session, if it is alive and belongs to this endpoint and transport; counts as use. */
  find(id: string, where: SessionPlace): Promise<Session | undefined>;
  /** Cancels its calls and ends its streams. Idempotent. */
  end(session: Session): void;
  /** Ends the connections of all sessions, not the sessions. */
  endStreams(): void;
  readonly size: number;
  close(): void;
}

export interface SessionPlace {
  /** Undefined where the id alone names the place (2024-11-05 messages). */
  endpoint: Endpoint | undefined;
  transport: Session["transport"];
}

interface Held {
  session: Session;
  usedAtMs: number;
}

/** How often idle sessions are looked for, as a part of the idle time. */
const SWEEPS_PER_IDLE_TIME = 10;

export function createSessionStore(deps: FrontDeps): SessionStore {
  return new MemorySessions(deps);
}

class MemorySessions implements SessionStore {
  readonly #deps: FrontDeps;
  /** In order of use: the first is the one idle for longest. */
  readonly #held = new Map<string, Held>();
  #unbeat: (() => void) | undefined;
  #sweeper: Timer | undefined;

  constructor(deps: FrontDeps) {
    this.#deps = deps;
  }

  open(seed: SessionSeed): Promise<Session | undefined> {
    if (!this.#makeRoom()) return Promise.resolve(undefined);
    const session = createSession(this.#deps, seed);
    this.#touch({ session, usedAtMs: 0 });
    this.#unbeat ??= this.#deps.pulse.add(() => {
      for (const each of this.#held.values()) each.session.streams.beat();
    });
    this.#schedule();
    this.#count();
    return Promise.resolve(session);
  }

  find(id: string, where: SessionPlace): Promise<Session | undefined> {
    const entry = this.#held.get(id);
    if (entry === undefined || !belongs(entry.session, where)) return Promise.resolve(undefined);
    this.#touch(entry);
    return Promise.resolve(entry.session);
  }

  end(session: Session): void {
    this.#held.delete(session.id);
    for (const call of session.calls.values()) call.cancel();
    session.subscriptions.end();
    session.streams.end();
    if (this.#held.size === 0) {
      this.#unbeat?.();
      this.#unbeat = undefined;
    }
    this.#count();
  }

  endStreams(): void {
    for (const { session } of this.#held.values()) session.streams.end();
  }

  get size(): number {
    return this.#held.size;
  }

  close(): void {
    for (const { session } of this.#held.values()) this.end(session);
    this.#sweeper?.cancel();
  }

  #schedule(): void {
    const { clock, limits } = this.#deps;
    this.#sweeper ??= clock.after(limits.sessionIdleMs / SWEEPS_PER_IDLE_TIME, () => {
      this.#sweeper = undefined;
      this.#sweep();
      if (this.#held.size > 0) this.#schedule();
    });
  }

  #sweep(): void {
    const oldest = this.#deps.clock.monotonicMs() - this.#deps.limits.sessionIdleMs;
    for (const entry of this.#held.values()) {
      if (entry.usedAtMs > oldest) break;
      if (isBusy(entry.session)) this.#touch(entry);
      else this.end(entry.session);
    }
  }

  #touch(entry: Held): void {
    entry.usedAtMs = this.#deps.clock.monotonicMs();
    this.#held.delete(entry.session.id);
    this.#held.set(entry.session.id, entry);
  }

  #makeRoom(): boolean {
    if (this.#held.size < this.#deps.limits.maxSessions) return true;
    for (const { session } of this.#held.values()) {
      if (isBusy(session)) continue;
      this.end(session);
      return true;
    }
    return false;
  }

  #count(): void {
    this.#deps.telemetry.meter.gauge("gateway_sessions", this.#held.size);
  }
}

function createSession(deps: FrontDeps, seed: SessionSeed): Session {
  const streams = new SessionStreams(deps.limits);
  const session: Session = {
    ...seed,
    id: deps.newId("session"),
    logLevel: DEFAULT_LOG_LEVEL,
    calls: new Map(),
    asks: createAsks(),
    streams,
    subscriptions: new Subscriptions({
      router: deps.router,
      endpoint: seed.endpoint,
      maxSubscriptions: deps.limits.maxSubscriptions,
      client: () => session.client,
      push: (text) => streams.push(text),
    }),
  };
  return session;
}

const isBusy = (session: Session): boolean =>
  session.calls.size > 0 || session.streams.connected > 0;

const belongs = (session: Session, { endpoint, transport }: SessionPlace): boolean =>
  session.transport === transport &&
  (endpoint === undefined || endpointKey(endpoint) === endpointKey(session.endpoint));
