/**
 * Sessions at any number of equal gateways, without a balancer that remembers. The id is the session; what changes in
 * it is in the store; what only one process can have (a call under way, an open connection) is reached by name.
 */
import { FlotillaError, messageOf } from "../../../protocol/errors.ts";
import {
  encodeError,
  encodeNotification,
  encodeResult,
  parseMessage,
  type WireMessage,
} from "../../../protocol/jsonrpc.ts";
import type { FrontDeps, FrontReplicas } from "../deps.ts";
import type { EventSink } from "../exchange.ts";
import type { Session, SessionSeed } from "./session.ts";
import type { LocalSessions, NamedSeed } from "./session-local.ts";
import { createNotesDesk, type NotesDesk } from "./session-notes.ts";
import { resumeElsewhere, serveResume } from "./session-resume.ts";
import { clientOf, openSealed, sealSession, type SealedSession } from "./session-sealed.ts";
import { belongs, type SessionPlace } from "./session-place.ts";
import type { SessionStore } from "./session-store.ts";
import { catchUp } from "./session-standing.ts";
import { parseEventId, STANDING } from "./session-event-id.ts";

export type ReplicaDeps = FrontDeps & { replicas: FrontReplicas };

export function createReplicaSessions(deps: ReplicaDeps, local: LocalSessions): SessionStore {
  return new ReplicaSessions(deps, local);
}

type Passed = (session: Session, message: WireMessage) => void;

class ReplicaSessions implements SessionStore {
  readonly #deps: ReplicaDeps;
  readonly #local: LocalSessions;
  readonly #notes: NotesDesk;
  /** Ids being opened, so that a burst of a client's requests makes one session of it. */
  readonly #opening = new Map<string, Promise<Session | undefined>>();
  readonly #expiries = new WeakMap<Session, number>();
  #passed: Passed = () => {};

  constructor(deps: ReplicaDeps, local: LocalSessions) {
    this.#deps = deps;
    this.#local = local;
    this.#notes = createNotesDesk(deps.replicas.records);
    const { neighbours } = deps.replicas;
    neighbours.serve("session.", ({ method, params, raw, ...asked }) => {
      const [key, detail]: unknown[] = Array.isArray(params) ? params : [];
      const session = this.#local.named(String(key));
      if (method === "session.resume") return serveResume(session, String(detail), asked);
      return this.#hear(session, { method, detail, raw });
    });
    neighbours.onGone((gatewayId) => {
      for (const session of local.all()) {
        if (session.standingAt === gatewayId) session.standingAt = undefined;
      }
    });
  }

  async open(seed: SessionSeed): Promise<Session | undefined> {
    const { newId, clock, limits, replicas } = this.#deps;
    const key = newId("session");
    const expiresAtMs = clock.now() + limits.sessionLifeMs;
    const home = seed.transport === "sse" ? replicas.neighbours.gatewayId : "";
    const sealed = { ...seed, key, home, expiresAtMs };
    const { id, isLarge } = await sealSession(replicas.sealer, sealed);
    // Any gateway may be asked next: it has to find them there.
    if (isLarge) await this.#notes.write(key, { uris: [], declared: seed.client }, expiresAtMs);
    return this.#add({ ...seed, id, key }, expiresAtMs);
  }

  async find(id: string, where: SessionPlace): Promise<Session | undefined> {
    const known = this.#local.get(id);
    if (known !== undefined) return belongs(known, where) ? known : undefined;
    let opening = this.#opening.get(id);
    if (opening === undefined) {
      opening = this.#openAgain(id).finally(() => this.#opening.delete(id));
      this.#opening.set(id, opening);
    }
    const session = await opening;
    return session !== undefined && belongs(session, where) ? session : undefined;
  }

  async remove(session: Session): Promise<void> {
    await this.#notes.end(session.key, this.#expiryOf(session));
    this.#local.end(session);
    await this.#deps.replicas.neighbours.tell("session.end", [session.key]);
  }

  end(session: Session): void {
    this.#local.end(session);
  }

  async keep(session: Session): Promise<void> {
    const { logLevel, subscriptions, client, key } = session;
    const before = await this.#notes.read(key);
    if (before === undefined) return;
    const notes = { logLevel, uris: [...subscriptions.uris] };
    const declared = before.declared === undefined ? {} : { declared: client };
    await this.#notes.write(key, { ...notes, ...declared }, this.#expiryOf(session));
    await this.#deps.replicas.neighbours.tell("session.notes", [key]);
  }

  attach(session: Session, sink: EventSink, lastEventId: string | undefined): () => void {
    const { neighbours } = this.#deps.replicas;
    const from = lastEventId === undefined ? undefined : parseEventId(lastEventId);
    const isForeign = from !== undefined && from.origin !== neighbours.gatewayId;
    if (lastEventId !== undefined && isForeign && from.stream !== STANDING) {
      const place = { ...from, key: session.key, lastEventId };
      return resumeElsewhere({ neighbours, notes: this.#notes, place, sink, ...this.#deps });
    }
    const isFirst = !session.streams.hasStanding;
    const detach = session.streams.attach(sink, isForeign ? undefined : lastEventId);
    if (from !== undefined && from.stream !== STANDING) return detach;
    session.standingAt = undefined;
    void this.#stand(session, { isResume: isForeign, isFirst });
    return () => {
      detach();
      if (!session.streams.hasStanding) this.#tell("session.standing", [session.key, null]);
    };
  }

  pass(session: Session, message: WireMessage): void {
    this.#tell("session.message", [session.key], textOf(message));
  }

  async passTo(id: string, body: string): Promise<boolean> {
    const { neighbours, sealer } = this.#deps.replicas;
    const sealed = await openSealed(sealer, id);
    if (sealed === undefined || sealed.home === "" || sealed.home === neighbours.gatewayId)
      return false;
    try {
      const call = { method: "session.message", params: [sealed.key], raw: body };
      return (await neighbours.request(sealed.home, call)).value === true;
    } catch {
      // The stream is the session, and its gateway is gone.
      return false;
    }
  }

  onPassed(listener: Passed): void {
    this.#passed = listener;
  }

  endStreams(): void {
    this.#local.endStreams();
  }

  get size(): number {
    return this.#local.size;
  }

  close(): void {
    this.#local.close();
  }

  async #openAgain(id: string): Promise<Session | undefined> {
    const sealed = await openSealed(this.#deps.replicas.sealer, id);
    // A session that is a stream lives where its stream is, and nowhere else.
    if (sealed === undefined || sealed.home !== "") return undefined;
    const notes = await this.#notes.read(sealed.key);
    if (notes === undefined) return undefined;
    const { logLevel, uris, declared } = notes;
    const session = this.#add(
      { ...seedOf(sealed, declared), id, ...(logLevel === undefined ? {} : { logLevel }) },
      sealed.expiresAtMs,
    );
    if (session === undefined) {
      throw new FlotillaError("overloaded", "This gateway has too many sessions in use.", {
        retryable: true,
        retryAfterMs: 1_000,
      });
    }
    if (uris.length > 0) await session.subscriptions.replace(uris);
    return session;
  }

  #add(seed: Omit<NamedSeed, "onUnread">, expiresAtMs: number): Session | undefined {
    const origin = this.#deps.replicas.neighbours.gatewayId;
    const session = this.#local.add({
      ...seed,
      onUnread: (unread) => {
        const place = { key: seed.key, origin, stream: unread.stream };
        const untilMs = this.#deps.clock.now() + this.#deps.limits.sessionIdleMs;
        void this.#notes
          .keepUnread(place, unread, untilMs)
          .catch((error: unknown) => this.#warn("keeping an unread answer failed", error));
      },
    });
    if (session !== undefined) this.#expiries.set(session, expiresAtMs);
    return session;
  }

  #expiryOf(session: Session): number {
    return this.#expiries.get(session) ?? this.#deps.clock.now() + this.#deps.limits.sessionLifeMs;
  }

  async #stand(session: Session, how: { isResume: boolean; isFirst: boolean }): Promise<void> {
    try {
      const { neighbours } = this.#deps.replicas;
      this.#tell("session.standing", [session.key, neighbours.gatewayId]);
      await session.subscriptions.listen();
      if (how.isFirst) await catchUp(this.#deps, session, how.isResume);
    } catch (error) {
      this.#warn("listening for a session failed", error);
    }
  }

  async #hear(
    session: Session | undefined,
    { method, detail, raw }: { method: string; detail: unknown; raw: string | undefined },
  ): Promise<{ value: boolean }> {
    if (session === undefined) return { value: false };
    switch (method) {
      case "session.end":
        this.#local.end(session);
        break;
      case "session.notes":
        await this.#readAgain(session);
        break;
      case "session.standing":
        session.standingAt = typeof detail === "string" ? detail : undefined;
        break;
      case "session.message":
        this.#passed(session, parseMessage(raw ?? "", { maxBytes: Infinity }));
        break;
      default:
        throw new FlotillaError("not_supported", "Sessions know no such message.");
    }
    return { value: true };
  }

  async #readAgain(session: Session): Promise<void> {
    const notes = await this.#notes.read(session.key);
    if (notes === undefined) return this.#local.end(session);
    if (notes.logLevel !== undefined) session.logLevel = notes.logLevel;
    await session.subscriptions.replace(notes.uris);
  }

  #tell(method: string, params: unknown[], raw?: string): void {
    this.#deps.replicas.neighbours
      .tell(method, params, raw)
      .catch((error: unknown) => this.#warn("telling the other gateways failed", error));
  }

  #warn(message: string, error: unknown): void {
    this.#deps.telemetry.log.warn(message, { reason: messageOf(error) });
  }
}

function seedOf(sealed: SealedSession, declared: unknown): SessionSeed & { key: string } {
  const { key, transport, endpoint, initialized, client, isLarge } = sealed;
  return {
    key,
    transport,
    endpoint,
    initialized,
    client: isLarge ? clientOf(declared ?? null, client.principal) : client,
  };
}

function textOf(message: WireMessage): string {
  switch (message.kind) {
    case "notification":
      return encodeNotification(message.method, message.params);
    case "result":
      return encodeResult(message.id, message.result);
    case "error":
      return encodeError(message.id, message.error);
    default:
      throw new FlotillaError("internal", "A request is served where it comes in.");
  }
}
