/** `flotilla up --gateways N`: this process keeps store, coordinator, drones and the port; N others serve the clients. */
import { claimOwnership, type Ownership } from "../../../gateway/index.ts";
import { systemClock } from "../../../protocol/index.ts";
import { keyRingRecord, type KeyRing } from "../../../security/index.ts";
import type { Store } from "../../../store/index.ts";
import type { ComposeOptions, Fleet, FleetServer } from "../compose.ts";
import { createFallback } from "../fallback.ts";
import type { ThisNode } from "../nodes/this-node.ts";
import type { FleetTelemetry } from "../telemetry.ts";
import { openDoor } from "./door.ts";
import { createFleetService } from "./fleet-service.ts";
import { openHub } from "./hub.ts";
import type { GatewayStart } from "./messages.ts";
import { mergeExpositions } from "./merge-metrics.ts";
import { createSupervisor } from "./supervisor.ts";

export interface ServeOptions extends ComposeOptions, Fleet {
  store: Store;
  keys: KeyRing;
  telemetry: FleetTelemetry;
}

export async function serveWithGateways(options: ServeOptions): Promise<FleetServer> {
  const { configuration, coordinator, router, dial, node, thisNode, store, telemetry } = options;
  const { settings } = configuration;
  const door = await openDoor(settings);
  let ownership: Ownership | undefined;
  let isOwner = true;
  const metrics = async (): Promise<string> =>
    mergeExpositions(
      new Map([["fleet", telemetry.meter.exposition()], ...(await gateways.metrics())]),
    );
  const hub = await openHub({
    stateDir: settings.stateDir,
    store,
    owner: {
      router,
      token: (each) => thisNode?.token(each) ?? (isOwner ? ownership?.token : undefined),
    },
    fleet: createFleetService({ fetch: createFallback({ coordinator, metrics }), dial }),
  });
  const gateways = createSupervisor({
    count: options.gateways,
    door,
    log: telemetry.log.with({ source: "gateway" }),
    start: {
      socketPath: hub.path,
      node,
      version: options.version,
      debug: options.logLevel === "debug",
      keys: keyRingRecord(options.keys),
      ...(thisNode === undefined ? {} : { member: memberOf(thisNode) }),
    },
    onGone: (gatewayId) => void forget(store, gatewayId).catch(() => {}),
  });
  const claim = async (address: string): Promise<void> => {
    ownership = await claimOwnership({ store, node, address, clock: systemClock, telemetry });
    void ownership.lost.finally(() => {
      isOwner = false;
      telemetry.log.error("another process owns the drones of this machine", { node });
    });
  };
  return {
    url: urlOf(settings.host, door.port),
    async start() {
      // On a shared store the node itself is the owner of its drones.
      if (thisNode === undefined) await claim(hub.path);
      await gateways.start();
    },
    async close({ graceMs }) {
      door.close();
      await gateways.stop(graceMs);
      await ownership?.release();
      await hub.close();
    },
  };
}

function memberOf({ address, linkKey }: ThisNode): NonNullable<GatewayStart["member"]> {
  return { address, identity: linkKey.identity, key: linkKey.key.toString("base64") };
}

/** Calls that a dead gateway had must neither keep a worker awake nor hold up its drain until their records expire. */
async function forget({ records }: Store, gatewayId: string): Promise<void> {
  const activity = await records.list("activity/");
  const theirs = activity.filter(({ key }) => key.endsWith(`/${gatewayId}`));
  await Promise.all(theirs.map(({ key }) => records.delete(key)));
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
