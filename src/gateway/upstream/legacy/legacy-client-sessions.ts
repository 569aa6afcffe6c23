/**
 * One legacy HTTP worker for clients that differ: a session tells the worker once what its client can do, so every
 * (principal, capabilities) gets one of its own. Sessions open with the first call and close when idle. What is no
 * client's in particular (lists, subscriptions) goes over the base session, which declares everything.
 */
import type { Clock, Timer } from "../../../protocol/clock.ts";
import { FlotillaError, isFlotillaError, messageOf } from "../../../protocol/errors.ts";
import { capabilitiesOf, declaredNeeds } from "../../interactive/capabilities.ts";
import { type Answer, notSent, type UpstreamCall, type UpstreamClient } from "../contract.ts";
import { ASKING_METHODS, type WiredClient } from "./legacy-client.ts";

export interface SessionsOptions {
  base: WiredClient;
  /** False for a server that keeps no sessions: then there is nothing to tell apart. */
  hasSessions(): boolean;
  /** The handshake for a client with these capabilities. */
  open(capabilities: Record<string, unknown>, signal: AbortSignal): Promise<UpstreamClient>;
  clock: Clock;
  maxSessions?: number;
}

interface Session {
  opening: Promise<UpstreamClient>;
  client?: UpstreamClient;
  users: number;
  idle?: Timer;
}

/** Enough for the clients of one team; an idle one gives way to a new one. */
const MAX_SESSIONS = 256;
const IDLE_MS = 600_000;
const OPEN_TIMEOUT_MS = 30_000;

export function createSessionedClient(options: SessionsOptions): WiredClient {
  const { base, clock, maxSessions = MAX_SESSIONS } = options;
  /** In order of use. */
  const sessions = new Map<string, Session>();

  function end(key: string, session: Session): void {
    session.idle?.cancel();
    if (sessions.get(key) === session) sessions.delete(key);
    session.opening.then(
      (client) => client.close(),
      () => undefined,
    );
  }

  function makeRoom(): void {
    if (sessions.size < maxSessions) return;
    for (const [key, session] of sessions) {
      if (session.users === 0) return end(key, session);
    }
    throw notSent("overloaded", "The worker has all the sessions it may have.");
  }

  function open(key: string, capabilities: Record<string, unknown>): Session {
    makeRoom();
    const giveUp = new AbortController();
    const timer = clock.after(OPEN_TIMEOUT_MS, () => giveUp.abort());
    const session: Session = {
      users: 0,
      opening: options
        .open(capabilities, giveUp.signal)
        .catch((error: unknown) => {
          if (sessions.get(key) === session) sessions.delete(key);
          throw notOpened(error);
        })
        .finally(() => timer.cancel()),
    };
    void session.opening.then(
      (client) => {
        session.client = client;
      },
      () => undefined,
    );
    return session;
  }

  async function callIn(key: string, session: Session, call: UpstreamCall): Promise<Answer> {
    sessions.delete(key);
    sessions.set(key, session);
    session.idle?.cancel();
    session.users += 1;
    try {
      const client = session.client ?? (await orAborted(session.opening, call.signal));
      return await client.call(call);
    } finally {
      session.users -= 1;
      if (session.users === 0 && sessions.get(key) === session) {
        session.idle = clock.after(IDLE_MS, () => end(key, session));
      }
    }
  }

  function call(request: UpstreamCall): Promise<Answer> {
    if (!ASKING_METHODS.has(request.method) || !options.hasSessions()) {
      return base.client.call(request);
    }
    const { principal, capabilities } = request.client;
    const needs = declaredNeeds(capabilities);
    const key = JSON.stringify([principal, ...needs]);
    try {
      return callIn(key, sessions.get(key) ?? open(key, capabilitiesOf(needs)), request);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  return {
    ...base,
    client: {
      ...base.client,
      call,
      close() {
        for (const [key, session] of sessions) end(key, session);
        base.client.close();
      },
    },
  };
}

/** Whatever went wrong before the session stood, the call was not sent. */
function notOpened(error: unknown): FlotillaError {
  const inner = isFlotillaError(error) ? error : undefined;
  if (inner === undefined || inner.code === "call_cancelled" || inner.code === "drone_lost") {
    return notSent("drone_lost", `No session could be opened: ${messageOf(error)}`, error);
  }
  return new FlotillaError(inner.code, inner.message, {
    retryable: inner.retryable,
    ...(inner.hint === undefined ? {} : { hint: inner.hint }),
    data: { ...inner.data, sent: false },
    cause: error,
  });
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(notSent("call_cancelled", "The call was cancelled."));
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}
