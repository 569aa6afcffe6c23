/** A worker as a gateway sees it that does not hold the drone: every call goes to the owner, which has the client. */
import { asAbortSignal } from "../call-signal.ts";
import { FlotillaError, isFlotillaError } from "../../protocol/errors.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import type { LinkClosed } from "../../protocol/link.ts";
import type { Peer } from "../../protocol/peer.ts";
import type { DroneRecord } from "../../protocol/records.ts";
import {
  type Answer,
  type Ask,
  type Hello,
  notSent,
  type Notify,
  type UpstreamCall,
  type UpstreamClient,
} from "../upstream/contract.ts";
import type { CarriedCall } from "./owner-desk.ts";

export interface ForwardOptions {
  peer: Peer;
  /** The owner's fencing token, as its record said. */
  token: number;
  drone: DroneRecord;
  /** Changes that the owner reports: resource updates. Changed lists come through the store. */
  onChange: Notify;
  signal: AbortSignal;
}

/** Resolves when the owner has its client. Rejects as `dial` does: with `drone_lost`, nothing sent. */
export async function connectForwarded(options: ForwardOptions): Promise<UpstreamClient> {
  const { peer, token, drone, onChange, signal } = options;
  const life = new AbortController();
  const giveUp = (): void => life.abort();
  signal.addEventListener("abort", giveUp, { once: true });
  const greeted = Promise.withResolvers<Pick<UpstreamClient, "hello" | "transport">>();
  const closed = peer
    .request({
      method: "owner.open",
      params: [token, drone],
      signal: life.signal,
      onEvent(value) {
        if (Array.isArray(value)) onChange(String(value[0]), isRecord(value[1]) ? value[1] : {});
        else if (isRecord(value)) greeted.resolve(greetingOf(value));
      },
    })
    .then(
      ({ value }): LinkClosed => ({ reason: reasonOf(value) }),
      (error: unknown): LinkClosed => {
        greeted.reject(lostOf(error));
        return { reason: isFlotillaError(error) ? error.message : "the owner is gone" };
      },
    );
  // An owner that answers before it greets lost the drone meanwhile.
  void closed.then(({ reason }) => greeted.reject(notSent("drone_lost", reason)));
  try {
    const greeting = await greeted.promise;
    return clientOf(options, { greeting, closed, close: giveUp });
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

interface Open {
  greeting: Pick<UpstreamClient, "hello" | "transport">;
  closed: Promise<LinkClosed>;
  close: () => void;
}

function clientOf(
  { peer, drone }: ForwardOptions,
  { greeting, closed, close }: Open,
): UpstreamClient {
  return {
    ...greeting,
    isForwarded: true,
    async call({ params, signal, notify, ask, ...rest }: UpstreamCall): Promise<Answer> {
      const carried: CarriedCall = { ...rest, answers: ask !== undefined };
      const hears = rest.wantsProgress || rest.logLevel !== undefined || ask !== undefined;
      try {
        const { value, raw } = await peer.request({
          method: "owner.call",
          params: [drone.id, carried],
          raw: JSON.stringify(params),
          signal: asAbortSignal(signal),
          ...(hears ? { onEvent: (event: unknown) => hear(event, { peer, notify, ask }) } : {}),
        });
        if (raw !== undefined) return { kind: "result", result: { text: raw } };
        return { kind: "error", error: errorOf(value) };
      } catch (error) {
        throw lostOf(error);
      }
    },
    want({ resourceUris }) {
      // Level-based: a wish that is lost with the connection is told again on the next one.
      void peer
        .request({ method: "owner.want", params: [drone.id, resourceUris] })
        .catch(() => undefined);
    },
    closed,
    close,
  };
}

interface Hearing {
  peer: Peer;
  notify: Notify;
  ask: Ask | undefined;
}

function hear(event: unknown, { peer, notify, ask }: Hearing): void {
  if (!Array.isArray(event)) return;
  const [first, ...rest]: unknown[] = event;
  if (first !== "?") {
    if (typeof first === "string") notify(first, isRecord(rest[0]) ? rest[0] : {});
    return;
  }
  const [no, method, params, id] = rest;
  if (ask === undefined || typeof method !== "string") return;
  const question = isRecord(params) ? params : {};
  const asked = typeof id === "string" || typeof id === "number" ? id : undefined;
  // Events wait for each other, and a person may think for minutes: the answer goes back by itself.
  void Promise.resolve(ask(method, question, asked)).then((answer) => answerWith(peer, no, answer));
}

function answerWith(peer: Peer, no: unknown, answer: Answer): Promise<unknown> {
  const call =
    answer.kind === "result"
      ? { method: "owner.answer", params: [no], raw: answer.result.text }
      : { method: "owner.answer", params: [no, answer.error] };
  // An owner that is gone has lost the call, which is told there.
  return peer.request(call).catch(() => undefined);
}

/** An owner that is gone is a drone that is lost: the call may have run, unless it never left. */
function lostOf(error: unknown): unknown {
  if (!isFlotillaError(error) || error.code !== "fleet_unreachable") return error;
  if (error.data?.["sent"] === false) return notSent("drone_lost", error.message, error);
  return new FlotillaError("drone_lost", "The process that holds the worker's drone is gone.", {
    retryable: true,
    cause: error,
  });
}

function greetingOf(value: Record<string, unknown>): Open["greeting"] {
  // Made by the owner's desk of this same program.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const hello = value["hello"] as Hello;
  return { hello, transport: value["transport"] === "http" ? "http" : "link" };
}

function errorOf(value: unknown): Extract<Answer, { kind: "error" }>["error"] {
  const error = isRecord(value) ? value["error"] : undefined;
  if (
    isRecord(error) &&
    typeof error["code"] === "number" &&
    typeof error["message"] === "string"
  ) {
    return {
      code: error["code"],
      message: error["message"],
      ...("data" in error ? { data: error["data"] } : {}),
    };
  }
  throw new FlotillaError("drone_protocol", "The owner of the drone answered something else.");
}

function reasonOf(value: unknown): string {
  const reason = isRecord(value) ? value["reason"] : undefined;
  return typeof reason === "string" ? reason : "the owner closed it";
}
