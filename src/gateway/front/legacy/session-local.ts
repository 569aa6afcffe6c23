/** The sessions that this process has in its hands: bounded, the one idle for longest gives way. */
import type { Timer } from "../../../protocol/clock.ts";
import type { FrontDeps } from "../deps.ts";
import { createAsks } from "./interact-asks.ts";
import { DEFAULT_LOG_LEVEL } from "./session.ts";
import type { Session, SessionSeed } from "./session.ts";
import { SessionStreams, type StreamsOptions } from "./streams.ts";
import { Subscriptions } from "./subscriptions.ts";

export interface LocalSessions {
  /** Undefined when the bound is reached and every session is in use. */
  add(seed: NamedSeed): Session | undefined;
  /** Counts as use. */
  get(id: string): Session | undefined;
  /** By key. Does not count as use. */
  named(key: string): Session | undefined;
  all(): Iterable<Session>;
  /** Cancels its calls and ends its streams. Idempotent. */
  end(session: Session): void;
  /** Ends the connections of all sessions, not the sessions. */
  endStreams(): void;
  readonly size: number;
  close(): void;
}

export type NamedSeed = SessionSeed &
  Pick<Session, "id" | "key"> &
  Partial<Pick<Session, "logLevel">> &
  Pick<StreamsOptions, "onUnread">;

interface Held {
  session: Session;
  usedAtMs: number;
}

/** How often idle sessions are looked for, as a part of the idle time. */
const SWEEPS_PER_IDLE_TIME = 10;

export function createLocalSessions(deps: FrontDeps): LocalSessions {
  return new HeldSessions(deps);
}

class HeldSessions implements LocalSessions {
  readonly #deps: FrontDeps;
  /** In order of use: the first is the one idle for longest. */
  readonly #held = new Map<string, Held>();
  readonly #byKey = new Map<string, Session>();
  #unbeat: (() => void) | undefined;
  #sweeper: Timer | undefined;

  constructor(deps: FrontDeps) {
    this.#deps = deps;
  }

  add(seed: NamedSeed): Session | undefined {
    if (!this.#makeRoom()) return undefined;
    const session = createSession(this.#deps, seed);
    this.#byKey.set(session.key, session);
    this.#touch({ session, usedAtMs: 0 });
    this.#unbeat ??= this.#deps.pulse.add(() => {
      for (const each of this.#held.values()) each.session.streams.beat();
    });
    this.#schedule();
    this.#count();
    return session;
  }

  get(id: string): Session | undefined {
    const entry = this.#held.get(id);
    if (entry !== undefined) this.#touch(entry);
    return entry?.session;
  }

  named(key: string): Session | undefined {
    return this.#byKey.get(key);
  }

  all(): Iterable<Session> {
    return this.#byKey.values();
  }

  end(session: Session): void {
    this.#held.delete(session.id);
    this.#byKey.delete(session.key);
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

function createSession(deps: FrontDeps, seed: NamedSeed): Session {
  const { replicas } = deps;
  const streams = new SessionStreams({
    limits: deps.limits,
    ...(replicas === undefined ? {} : { origin: replicas.neighbours.gatewayId }),
    ...(seed.onUnread === undefined ? {} : { onUnread: seed.onUnread }),
  });
  const session: Session = {
    logLevel: DEFAULT_LOG_LEVEL,
    ...seed,
    calls: new Map(),
    asks: createAsks(),
    streams,
    subscriptions: new Subscriptions({
      router: deps.router,
      endpoint: seed.endpoint,
      maxSubscriptions: deps.limits.maxSubscriptions,
      client: () => session.client,
      push: (text) => {
        // With several gateways a change is told by the one that has the connection for it, and kept by none.
        if (replicas === undefined || tellsChanges(session)) streams.push(text);
      },
    }),
  };
  return session;
}

const tellsChanges = ({ transport, streams, standingAt }: Session): boolean =>
  transport === "sse" || (streams.hasStanding && standingAt === undefined);

const isBusy = (session: Session): boolean =>
  session.calls.size > 0 || session.streams.connected > 0;
