/** Where legacy sessions live: in one process, or in a fleet of equal gateways where any may be asked next. */
import type { WireMessage } from "../../../protocol/jsonrpc.ts";
import type { FrontDeps } from "../deps.ts";
import type { EventSink } from "../exchange.ts";
import type { Session, SessionSeed } from "./session.ts";
import { createLocalSessions, type LocalSessions } from "./session-local.ts";
import { belongs, type SessionPlace } from "./session-place.ts";
import { createReplicaSessions } from "./session-replicas.ts";

export interface SessionStore {
  /** A new session, or undefined when the bound is reached and every session is in use. */
  open(seed: SessionSeed): Promise<Session | undefined>;
  /** The session, if it is alive and belongs to this endpoint and transport; counts as use. */
  find(id: string, where: SessionPlace): Promise<Session | undefined>;
  /** The client is done with it: no gateway knows it any more once this resolves. */
  remove(session: Session): Promise<void>;
  /** Cancels its calls and ends its streams here. Idempotent. */
  end(session: Session): void;
  /** Its log level or its subscriptions changed. */
  keep(session: Session): Promise<void>;
  /** Connects a GET. The returned function is to be called when the connection breaks. */
  attach(session: Session, sink: EventSink, lastEventId: string | undefined): () => void;
  /** A message that means nothing here, because another gateway has the call it is about. */
  pass(session: Session, message: WireMessage): void;
  /** A message for a session whose only stream another gateway holds (2024-11-05); false when none does. */
  passTo(id: string, body: string): Promise<boolean>;
  /** Takes what other gateways pass on. One listener each. */
  onPassed(listener: (session: Session, message: WireMessage) => void): void;
  /** Ends the connections of all sessions, not the sessions. */
  endStreams(): void;
  readonly size: number;
  close(): void;
}

/** In this process alone, or, with replicas, wherever a client turns up. */
export function createSessionStore(deps: FrontDeps): SessionStore {
  const local = createLocalSessions(deps);
  return deps.replicas === undefined
    ? memorySessions(deps, local)
    : createReplicaSessions({ ...deps, replicas: deps.replicas }, local);
}

function memorySessions(deps: FrontDeps, local: LocalSessions): SessionStore {
  return {
    open: (seed) => {
      const id = deps.newId("session");
      return Promise.resolve(local.add({ ...seed, id, key: id }));
    },
    find: (id, where) => {
      const session = local.get(id);
      return Promise.resolve(session && belongs(session, where) ? session : undefined);
    },
    remove: (session) => Promise.resolve(local.end(session)),
    end: (session) => local.end(session),
    keep: () => Promise.resolve(),
    attach(session, sink, lastEventId) {
      const detach = session.streams.attach(sink, lastEventId);
      void session.subscriptions.listen().catch(() => {});
      return detach;
    },
    pass: () => {},
    passTo: () => Promise.resolve(false),
    onPassed: () => {},
    endStreams: () => local.endStreams(),
    get size() {
      return local.size;
    },
    close: () => local.close(),
  };
}
