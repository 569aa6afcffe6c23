/** What the owner of a node's drones does for other gateways: lets them use the one client that it has of each. */
import { FlotillaError } from "../../protocol/errors.ts";
import { isRecord, type WireError } from "../../protocol/jsonrpc.ts";
import type { PeerAnswer, PeerAsked, PeerServe } from "../../protocol/peer.ts";
import type { DroneRecord } from "../../protocol/records.ts";
import { LATEST_MODERN } from "../../protocol/versions.ts";
import { WIRE } from "../../protocol/wire-errors.ts";
import type { FleetRouter } from "../router.ts";
import {
  type Answer,
  type Ask,
  notSent,
  type UpstreamCall,
  type UpstreamClient,
} from "../upstream/contract.ts";

/** Method names on the wire begin so. */
export const OWNER_METHODS = "owner.";

/** What travels of a call; its params travel beside it, as text. */
export type CarriedCall = Omit<UpstreamCall, "params" | "signal" | "notify" | "ask"> & {
  /** Somebody answers the worker's questions. */
  answers: boolean;
};

export interface OwnerDeskOptions {
  router: Pick<FleetRouter, "upstream" | "listen">;
  /** The token of the lease in force on a node; undefined when it is lost, or never was ours. */
  token: (node: string) => number | undefined;
}

/** A worker's question on its way to the gateway that answers for the client. */
type Questions = Map<number, (answer: Answer) => void>;

interface Opened {
  client: UpstreamClient;
  drone: DroneRecord;
  emit: PeerAsked["emit"];
  /** The resource subscriptions of this gateway. */
  listening: AbortController | undefined;
}

/** One per connection of another gateway. */
export function createOwnerDesk(options: OwnerDeskOptions): PeerServe {
  const opened = new Map<string, Opened>();
  const questions: Questions = new Map();
  let questionNo = 0;
  return async (asked) => {
    const params = Array.isArray(asked.params) ? (asked.params as unknown[]) : [];
    switch (asked.method) {
      case "owner.open":
        return open(options, opened, { asked, params });
      case "owner.call":
        return call(options, opened, {
          asked,
          params,
          ask: (method, question, id) => {
            questionNo += 1;
            return passOn(questions, asked, [questionNo, method, question, id]);
          },
        });
      case "owner.answer": {
        const [no, error] = params;
        const settle = questions.get(Number(no));
        if (asked.raw !== undefined) settle?.({ kind: "result", result: { text: asked.raw } });
        else if (isWireError(error)) settle?.({ kind: "error", error });
        return {};
      }
      case "owner.want":
        return want(options, opened, params);
      default:
        throw new FlotillaError("not_supported", "The owner of drones does no such thing.");
    }
  };
}

interface Asked {
  asked: PeerAsked;
  params: unknown[];
}

/** Lasts as long as the drone's client or the asker's wish for it; tells who the drone is, then what it reports. */
async function open(
  { router, token }: OwnerDeskOptions,
  opened: Map<string, Opened>,
  { asked, params }: Asked,
): Promise<PeerAnswer> {
  const [wantedToken, record] = params;
  const drone = droneOf(record);
  if (wantedToken !== token(nodeOf(drone))) {
    throw notSent("drone_lost", "This process is no longer the owner.");
  }
  const client = await router.upstream(drone);
  const { signal, emit } = asked;
  const entry: Opened = { client, drone, emit, listening: undefined };
  opened.set(drone.id, entry);
  try {
    await emit({ hello: client.hello, transport: client.transport });
    const gone = new Promise<{ reason: string }>((resolve) => {
      signal.addEventListener("abort", () => resolve({ reason: "let go" }), { once: true });
      if (signal.aborted) resolve({ reason: "let go" });
    });
    return { value: await Promise.race([client.closed, gone]) };
  } finally {
    entry.listening?.abort();
    if (opened.get(drone.id) === entry) opened.delete(drone.id);
  }
}

async function call(
  { token }: OwnerDeskOptions,
  opened: Map<string, Opened>,
  { asked, params, ask }: Asked & { ask: Ask },
): Promise<PeerAnswer> {
  const [droneId, carried] = params;
  const entry = opened.get(String(droneId));
  if (entry === undefined || token(nodeOf(entry.drone)) === undefined || !isRecord(carried)) {
    throw notSent("drone_lost", "The owner has no connection to this drone.");
  }
  const { signal, emit, raw = "{}" } = asked;
  // Written as such by the other side, which is this same program.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { answers, ...rest } = carried as unknown as CarriedCall;
  const answer = await entry.client.call({
    ...rest,
    ...(answers ? { ask } : {}),
    params: JSON.parse(raw),
    signal,
    // Progress and log lines may be left out where the way is slow; an answer may not.
    notify: (method, notified) => void emit([method, notified]).catch(() => {}),
  });
  return answer.kind === "error"
    ? { value: { error: answer.error } }
    : { value: {}, raw: answer.result.text };
}

/** Resolves when the gateway has answered for its client; when the gateway is gone, the worker is told no. */
function passOn(questions: Questions, asked: PeerAsked, event: unknown[]): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const no = Number(event[0]);
  const refuse = (): void =>
    resolve({ kind: "error", error: { code: WIRE.internal, message: "The client is gone." } });
  questions.set(no, resolve);
  asked.signal.addEventListener("abort", refuse, { once: true });
  if (asked.signal.aborted) refuse();
  asked.emit(["?", ...event]).catch(refuse);
  return promise.finally(() => questions.delete(no));
}

function isWireError(value: unknown): value is WireError {
  return (
    isRecord(value) && typeof value["code"] === "number" && typeof value["message"] === "string"
  );
}

/** Listens here for what the other gateway's clients subscribed to: the hub makes one wish of everybody's. */
async function want(
  { router }: OwnerDeskOptions,
  opened: Map<string, Opened>,
  [droneId, uris]: unknown[],
): Promise<PeerAnswer> {
  const entry = opened.get(String(droneId));
  if (entry === undefined || !Array.isArray(uris)) return {};
  const before = entry.listening;
  const next = new AbortController();
  entry.listening = next;
  const none = { toolsListChanged: false, promptsListChanged: false, resourcesListChanged: false };
  if (uris.length > 0) {
    await router.listen({
      endpoint: { kind: "worker", worker: entry.drone.worker },
      client: {
        era: "modern",
        protocolVersion: LATEST_MODERN,
        principal: "local",
        capabilities: {},
      },
      filter: { ...none, resourceSubscriptions: uris.map(String) },
      signal: next.signal,
      emit: (method, params) => void entry.emit([method, params]).catch(() => {}),
    });
  }
  before?.abort();
  return {};
}

/** Only drones with a link have an owner. */
function nodeOf({ address }: DroneRecord): string {
  return address.kind === "link" ? address.node : "";
}

function droneOf(value: unknown): DroneRecord {
  if (!isRecord(value) || typeof value["id"] !== "string" || typeof value["worker"] !== "string") {
    throw new FlotillaError("bad_request", "A drone's record was expected.");
  }
  // A gateway passes on the record as the store gave it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return value as unknown as DroneRecord;
}
