/**
 * One legacy HTTP worker for clients that differ: a session tells the worker once what its client can do, so every
 * (principal, capabilities) gets one of its own. Sessions open with the first call and close when idle. What is no
 * client's in particular (lists, subscriptions) goes over the base session, which declares everything.
 */
import type { CallSignal } from "../../call-signal.ts";
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
  const { base } = options;
  const sessions = new Sessions(options);
  return {
    ...base,
    client: {
      ...base.client,
      call: (request) =>
        ASKING_METHODS.has(request.method) && options.hasSessions()
          ? sessions.call(request)
          : base.client.call(request),
      close() {
        sessions.close();
        base.client.close();
      },
    },
  };
}

class Sessions {
  readonly #options: SessionsOptions;
  /** In order of use. */
  readonly #sessions = new Map<string, Session>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  async call(call: UpstreamCall): Promise<Answer> {
    const { principal, capabilities } = call.client;
    const needs = declaredNeeds(capabilities);
    const key = JSON.stringify([principal, ...needs]);
    const session = this.#sessions.get(key) ?? this.#open(key, capabilitiesOf(needs));
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    session.idle?.cancel();
    session.users += 1;
    try {
      const client = session.client ?? (await orAborted(session.opening, call.signal));
      return await client.call(call);
    } finally {
      session.users -= 1;
      if (session.users === 0 && this.#sessions.get(key) === session) {
        session.idle = this.#options.clock.after(IDLE_MS, () => this.#end(key, session));
      }
    }
  }

  close(): void {
    for (const [key, session] of this.#sessions) this.#end(key, session);
  }

  /** Single flight: the session stands in the table before it is open. */
  #open(key: string, capabilities: Record<string, unknown>): Session {
    this.#makeRoom();
    const giveUp = new AbortController();
    const timer = this.#options.clock.after(OPEN_TIMEOUT_MS, () => giveUp.abort());
    const opening = this.#options
      .open(capabilities, giveUp.signal)
      .then((client) => (session.client = client))
      .catch((error: unknown) => {
        // The next call tries again.
        if (this.#sessions.get(key) === session) this.#sessions.delete(key);
        throw notOpened(error);
      })
      .finally(() => timer.cancel());
    // Every caller may have given up before it fails.
    opening.catch(() => undefined);
    const session: Session = { users: 0, opening };
    this.#sessions.set(key, session);
    return session;
  }

  #makeRoom(): void {
    const { maxSessions = MAX_SESSIONS } = this.#options;
    if (this.#sessions.size < maxSessions) return;
    for (const [key, session] of this.#sessions) {
      if (session.users === 0) return this.#end(key, session);
    }
    throw notSent("overloaded", "The worker has all the sessions it may have.");
  }

  #end(key: string, session: Session): void {
    session.idle?.cancel();
    if (this.#sessions.get(key) === session) this.#sessions.delete(key);
    session.opening.then(
      (client) => client.close(),
      () => undefined,
    );
  }
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

function orAborted<T>(promise: Promise<T>, signal: CallSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(notSent("call_cancelled", "The call was cancelled."));
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}
