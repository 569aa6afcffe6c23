/** The owners as one gateway knows them: where each is, and one connection to each. */
import { type Clock, sleep } from "../../protocol/clock.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { MessageLink } from "../../protocol/link.ts";
import { createPeer, type Peer } from "../../protocol/peer.ts";
import type { DroneRecord } from "../../protocol/records.ts";
import type { RecordStore } from "../../store/contract.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { Dialled } from "../dial.ts";
import { notSent } from "../upstream/contract.ts";
import { connectForwarded } from "./forwarded-client.ts";
import { OWNER_PREFIX, type OwnerRecord, readOwner } from "./ownership.ts";

export interface OwnersOptions {
  records: Pick<RecordStore, "watch" | "get">;
  /** Opens a link to an owner's address. */
  connect: (address: string) => Promise<MessageLink>;
  clock: Clock;
  telemetry: Telemetry;
}

export interface Owners {
  /** A link drone of a node, reached through its owner. */
  dial(node: string, drone: DroneRecord): Dialled;
  /** The connection to a node's owner, for what else it serves. Rejects with `drone_lost`, nothing sent. */
  peer(node: string): Promise<Peer>;
  close(): void;
}

interface Known {
  record: OwnerRecord;
  peer: Promise<Peer> | undefined;
}

const RETRY_MS = 250;

export function createOwners(options: OwnersOptions): Owners {
  const life = new AbortController();
  const known = new Map<string, Known>();
  void follow(options, known, life.signal);

  async function find(node: string): Promise<Known> {
    const seen = known.get(node);
    if (seen !== undefined) return seen;
    // Asked before the first picture is complete, or there is none.
    const stored = await options.records.get(`${OWNER_PREFIX}${node}`);
    const record = readOwner(stored?.value);
    if (record === undefined) throw notSent("drone_lost", `Nobody owns the drones of ${node}.`);
    return learn(known, record);
  }

  async function connected(entry: Known): Promise<Peer> {
    entry.peer ??= reach(options, entry);
    return entry.peer;
  }

  return {
    dial: (node, drone) => ({
      kind: "owned",
      async connect(onChange, signal) {
        const owner = await find(node);
        const peer = await connected(owner);
        const { token } = owner.record;
        return connectForwarded({ peer, token, drone, onChange, signal });
      },
    }),
    peer: async (node) => connected(await find(node)),
    close() {
      life.abort();
      for (const { peer } of known.values()) void peer?.then((each) => each.close());
      known.clear();
    },
  };
}

async function reach({ connect }: OwnersOptions, entry: Known): Promise<Peer> {
  try {
    const peer = createPeer(await connect(entry.record.address));
    void peer.closed.then(() => (entry.peer = undefined));
    return peer;
  } catch (error) {
    entry.peer = undefined;
    throw notSent("drone_lost", `The owner cannot be reached: ${messageOf(error)}`, error);
  }
}

function learn(known: Map<string, Known>, record: OwnerRecord): Known {
  const before = known.get(record.node);
  if (before !== undefined && before.record.token >= record.token) return before;
  // A newer owner: what is under way at the older one fails there; new calls go to the newer.
  void before?.peer?.then((peer) => peer.close());
  const entry: Known = { record, peer: undefined };
  known.set(record.node, entry);
  return entry;
}

async function follow(
  { records, clock, telemetry }: OwnersOptions,
  known: Map<string, Known>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { changes } of records.watch(OWNER_PREFIX, signal)) {
        for (const change of changes) {
          const record = change.kind === "put" ? readOwner(change.record.value) : undefined;
          if (record !== undefined) learn(known, record);
          else if (change.kind === "delete") known.delete(change.key.slice(OWNER_PREFIX.length));
        }
      }
    } catch (error) {
      telemetry.log.warn("watching owners failed", { reason: messageOf(error) });
    }
    await sleep(clock, RETRY_MS, signal);
  }
}
