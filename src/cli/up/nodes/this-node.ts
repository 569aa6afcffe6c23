/**
 * This process as one machine of a fleet on a shared store: it offers its launchers, owns the drones that they start,
 * serves both to the other machines over its door, and knows the others.
 */
import {
  claimOwnership,
  createOwnerDesk,
  createOwners,
  OWNER_METHODS,
  type Dialled,
  type FleetRouter,
  type Owners,
  type Ownership,
} from "../../../gateway/index.ts";
import { LAUNCH_METHODS, serveLaunchers } from "../../../launchers/drivers/node.ts";
import type { Launcher } from "../../../launchers/index.ts";
import {
  createPeer,
  type DroneRecord,
  FlotillaError,
  keys,
  type NodeRecord,
  type Peer,
  type PeerServe,
  sleep,
  systemClock,
} from "../../../protocol/index.ts";
import type { Store } from "../../../store/index.ts";
import type { Telemetry } from "../../../telemetry/index.ts";
import type { NodeSettings } from "../../config/index.ts";
import type { FleetSecret } from "./fleet-secret.ts";
import { createMembership, type Membership } from "./membership.ts";
import {
  connectSecure,
  hostAndPort,
  type LinkKey,
  openSecureDoor,
  type SecureDoor,
} from "./secure-link.ts";

export interface ThisNode {
  readonly name: string;
  /** Where other machines find its door. */
  readonly address: string;
  readonly nodes: Membership;
  /** What opens the doors of others. */
  readonly linkKey: LinkKey;
  /** A link drone that another machine has; undefined when it is here. */
  dial(drone: DroneRecord): Dialled | undefined;
  /** Of the ownership of a node's drones, if it is ours. */
  token(node: string): number | undefined;
  /** Opens the door and joins the fleet. */
  start(router: FleetRouter): Promise<void>;
  /** Lets the leader take its drones away, within a bound, then says that it is gone. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

export interface ThisNodeOptions {
  settings: NodeSettings;
  store: Store;
  /** Absent: the store is of one machine, and there is no node. */
  secret: FleetSecret | undefined;
  launchers: readonly Launcher[];
  telemetry: Telemetry;
}

export const MEMBER = "member/";
const LEAVE_MS = 15_000;
const LEAVE_POLL_MS = 100;
/** An ownership that a pause or a silent store has cost is taken back: the node's name is its holder. */
const RECLAIM_MS = 500;

export async function openThisNode(options: ThisNodeOptions): Promise<ThisNode | undefined> {
  const { settings, store, secret, launchers, telemetry } = options;
  if (secret === undefined) return undefined;
  const { name } = settings;
  const key = secret.keyFor(MEMBER);
  const linkKey = { identity: `${MEMBER}${name}`, key };
  const log = telemetry.log.with({ source: "node" });
  const owners = createOwners({
    records: store.records,
    connect: (address) => connectSecure(address, linkKey),
    clock: systemClock,
    telemetry,
  });
  const nodes = createMembership({
    store,
    clock: systemClock,
    log,
    peer: (node) => owners.peer(node),
  });
  const owned = new Map<string, Ownership>();
  const desk = createDesk({
    owned,
    find: (node, launcher) =>
      node === name ? launchers.find((each) => each.name === launcher) : undefined,
  });
  const door = await openSecureDoor({
    ...hostAndPort(settings.listen),
    keyOf: (identity) => (identity.startsWith(MEMBER) ? key : undefined),
    onLink: (link) => desk.serve((serve) => createPeer(link, serve)),
  });
  const address = settings.address ?? `${hostAndPort(settings.listen).host}:${door.port}`;
  const record: NodeRecord = {
    name,
    labels: settings.labels,
    ...(settings.maxDrones === undefined ? {} : { maxDrones: settings.maxDrones }),
    leaving: false,
    launchers: launchers.map((launcher) => offerOf(launcher)),
  };
  return running(options, { name, address, linkKey, owners, nodes, owned, desk, door, record });
}

interface Running {
  name: string;
  address: string;
  linkKey: LinkKey;
  owners: Owners;
  nodes: Membership;
  owned: Map<string, Ownership>;
  desk: ReturnType<typeof createDesk>;
  door: SecureDoor;
  record: NodeRecord;
}

function running({ store, launchers, telemetry }: ThisNodeOptions, node: Running): ThisNode {
  const { name, address, owners, nodes, owned, desk, door, record } = node;
  const life = new AbortController();
  let withdraw: (() => Promise<void>) | undefined;
  const claim = async (): Promise<void> => {
    const ownership = await claimOwnership({
      store,
      node: name,
      address,
      clock: systemClock,
      telemetry,
    });
    owned.set(name, ownership);
    void ownership.lost.then(() => reclaim());
  };
  const reclaim = async (): Promise<void> => {
    owned.delete(name);
    while (!life.signal.aborted && !owned.has(name)) {
      await claim().catch(() => sleep(systemClock, RECLAIM_MS, life.signal));
    }
  };
  return {
    name,
    address,
    linkKey: node.linkKey,
    nodes,
    dial: (drone) =>
      drone.address.kind === "link" && drone.address.node !== name
        ? owners.dial(drone.address.node, drone)
        : undefined,
    token: (each) => owned.get(each)?.token,
    async start(router) {
      desk.open(router);
      await claim();
      await nodes.start();
      withdraw = await nodes.announce(() => record, launchers);
    },
    async leave() {
      record.leaving = true;
      await untilEmpty(store, name).catch(() => undefined);
      await withdraw?.();
    },
    async close() {
      life.abort();
      await owned
        .get(name)
        ?.release()
        .catch(() => undefined);
      nodes.close();
      owners.close();
      await door.close();
    },
  };
}

async function untilEmpty({ records }: Store, node: string): Promise<void> {
  const deadlineMs = performance.now() + LEAVE_MS;
  while (performance.now() < deadlineMs) {
    const drones = await records.list(keys.drone(""));
    if (!drones.some(({ value }) => isOn(value, node))) return;
    await sleep(systemClock, LEAVE_POLL_MS);
  }
}

function isOn(value: unknown, node: string): boolean {
  return String(Object(value).launcher).endsWith(`@${node}`);
}

interface DeskOptions {
  owned: ReadonlyMap<string, Ownership>;
  find: (node: string, launcher: string) => Launcher | undefined;
}

/** What other machines may ask of this one. */
function createDesk({ owned, find }: DeskOptions) {
  let router: FleetRouter | undefined;
  return {
    open: (opened: FleetRouter) => void (router = opened),
    serve(connect: (serve: PeerServe) => Peer): Peer {
      const launch = serveLaunchers(find);
      let owner: PeerServe | undefined;
      return connect(async (asked) => {
        if (asked.method.startsWith(LAUNCH_METHODS)) return launch(asked);
        if (!asked.method.startsWith(OWNER_METHODS) || router === undefined) {
          throw new FlotillaError("not_supported", "A node does no such thing.");
        }
        owner ??= createOwnerDesk({ router, token: (node) => owned.get(node)?.token });
        return owner(asked);
      });
    },
  };
}

function offerOf({ name, capabilities }: Launcher): NodeRecord["launchers"][number] {
  return { name, runs: capabilities.runs, links: capabilities.links };
}
