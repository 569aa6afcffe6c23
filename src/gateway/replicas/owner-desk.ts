/** What the owner of a node's drones does for other gateways: lets them use the one client that it has of each. */
import { FlotillaError } from "../../protocol/errors.ts";
import { isRecord } from "../../protocol/jsonrpc.ts";
import type { PeerAnswer, PeerAsked, PeerServe } from "../../protocol/peer.ts";
import type { DroneRecord } from "../../protocol/records.ts";
import { LATEST_MODERN } from "../../protocol/versions.ts";
import type { FleetRouter } from "../router.ts";
import { notSent, type UpstreamCall, type UpstreamClient } from "../upstream/contract.ts";

/** Method names on the wire begin so. */
export const OWNER_PREFIX = "owner.";

/** What travels of a call; its params travel beside it, as text. */
export type CarriedCall = Omit<UpstreamCall, "params" | "signal" | "notify">;

export interface OwnerDeskOptions {
  router: Pick<FleetRouter, "upstream" | "listen">;
  /** The token of the lease in force; undefined when it is lost. */
  token(): number | undefined;
}

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
  return async (asked) => {
    const params = Array.isArray(asked.params) ? (asked.params as unknown[]) : [];
    switch (asked.method) {
      case "owner.open":
        return open(options, opened, { asked, params });
      case "owner.call":
        return call(options, opened, { asked, params });
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
  if (wantedToken !== token()) throw notSent("drone_lost", "This process is no longer the owner.");
  const drone = droneOf(record);
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
  { asked, params }: Asked,
): Promise<PeerAnswer> {
  const [droneId, carried] = params;
  const entry = opened.get(String(droneId));
  if (entry === undefined || token() === undefined || !isRecord(carried)) {
    throw notSent("drone_lost", "The owner has no connection to this drone.");
  }
  const { signal, emit, raw = "{}" } = asked;
  const answer = await entry.client.call({
    // Written by `CarriedCall` in this same program.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    ...(carried as unknown as CarriedCall),
    params: JSON.parse(raw),
    signal,
    // Progress and log lines may be left out where the way is slow; an answer may not.
    notify: (method, notified) => void emit([method, notified]).catch(() => {}),
  });
  return answer.kind === "error"
    ? { value: { error: answer.error } }
    : { value: {}, raw: answer.result.text };
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

function droneOf(value: unknown): DroneRecord {
  if (!isRecord(value) || typeof value["id"] !== "string" || typeof value["worker"] !== "string") {
    throw new FlotillaError("bad_request", "A drone's record was expected.");
  }
  // A gateway passes on the record as the store gave it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return value as unknown as DroneRecord;
}
