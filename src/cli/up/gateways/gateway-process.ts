/** One gateway of several: the data plane alone, over the store, the drones and the API of the process that holds them. */
import type { Socket } from "node:net";
import {
  createBatchRunner,
  createElsewhere,
  createFront,
  createOwners,
  createRouter,
  joinNeighbours,
  serveElsewhere,
  type Dial,
  type Dialled,
  type FleetRouter,
  type Owners,
} from "../../../gateway/index.ts";
import { createNodeServer, type NodeServer } from "../../../gateway/node-server.node.ts";
import {
  FlotillaError,
  isRecord,
  type MessageLink,
  systemClock,
  systemNewId,
} from "../../../protocol/index.ts";
import { createSealer, readKeyRing } from "../../../security/index.ts";
import { connectLink, createRemoteSocketStore } from "../../../store/drivers/remote-socket.node.ts";
import { createLogger, createMeterRegistry, type Telemetry } from "../../../telemetry/index.ts";
import { createLazyHttpClient } from "../http-client.ts";
import { connectSecure } from "../nodes/secure-link.ts";
import { fleetFetch } from "./fleet-fetch.ts";
import { type FromGateway, type GatewayStart, isMessage, type ToGateway } from "./messages.ts";

type Tell = (message: FromGateway) => void;

/** Resolves when it serves; the process goes on until it is told to stop. */
export async function runGateway(start: GatewayStart, tell: Tell): Promise<void> {
  const meter = createMeterRegistry();
  const telemetry: Telemetry = { log: toldLog(start, tell), meter };
  const { gatewayId, socketPath } = start;
  const store = createRemoteSocketStore({ path: socketPath, clock: systemClock });
  const owners = createOwners({
    records: store.records,
    connect: connectFor(start),
    clock: systemClock,
    telemetry,
  });
  const sealer = createSealer({ keys: readKeyRing(start.keys), clock: systemClock });
  const neighbours = await joinNeighbours(await connectLink(socketPath), gatewayId);
  const http = createLazyHttpClient();
  const ask = async (request: Request): Promise<Response | undefined> =>
    fleetFetch(await owners.peer(start.node), request);
  const common = {
    store,
    clock: systemClock,
    random: Math.random,
    newId: systemNewId,
    telemetry,
    gatewayId,
  };
  const router: FleetRouter = createRouter({
    ...common,
    coordinatorFetch: async (request) =>
      (await ask(request)) ?? new Response(null, { status: 404 }),
    dial: dialFrom(owners, start.node),
    http,
    sealer,
    serverInfo: { name: "flotilla", version: start.version },
    elsewhere: createElsewhere(neighbours),
  });
  serveElsewhere(neighbours, () => router);
  const front = createFront({
    router,
    clock: systemClock,
    newId: systemNewId,
    telemetry,
    fallback: ask,
    replicas: { neighbours, sealer, records: store.records },
  });
  const server = await createNodeServer({ front, host: "127.0.0.1", port: "handed", telemetry });
  const batches = createBatchRunner({ ...common, router });
  await router.start();
  batches.start();
  const stop = async (graceMs: number): Promise<void> => {
    await Promise.all([server.close({ graceMs }), batches.close(graceMs)]);
    await router.close();
    neighbours.close();
    owners.close();
    await http.close();
    await store.close();
    process.exit(0);
  };
  obey(server, { tell, stop, exposition: () => meter.exposition() });
  tell({ kind: "ready" });
}

/** The process that started this one is reached by its socket, other machines by their doors. */
function connectFor({
  socketPath,
  member,
}: GatewayStart): (address: string) => Promise<MessageLink> {
  if (member === undefined) return connectLink;
  const { identity } = member;
  const key = Buffer.from(member.key, "base64");
  return (address) =>
    address === member.address
      ? connectLink(socketPath)
      : connectSecure(address, { identity, key });
}

interface Orders {
  tell: Tell;
  stop: (graceMs: number) => Promise<void>;
  exposition: () => string;
}

function obey(server: NodeServer, { tell, stop, exposition }: Orders): void {
  process.on("message", (message: unknown, socket: unknown) => {
    if (!isMessage<ToGateway>(message)) return;
    if (message.kind === "connection") {
      // Before the first byte is read: from here on the connection is this process's.
      tell({ kind: "taken" });
      // The type of what comes with a message is that of every handle there is; a door hands over sockets.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      if (socket !== undefined) server.accept(socket as Socket);
    } else if (message.kind === "metrics") {
      tell({ kind: "metrics", id: message.id, text: exposition() });
    } else if (message.kind === "stop") {
      void stop(message.graceMs);
    }
  });
}

/** Pipes, threads and builtin workers are held by the process that started this one; addresses are dialled from here. */
function dialFrom(owners: Owners, homeNode: string): Dial {
  return async (drone): Promise<Dialled> => {
    const { address } = drone;
    if (address.kind === "link") {
      return owners.dial(address.node === "" ? homeNode : address.node, drone);
    }
    const peer = await owners.peer(homeNode);
    const { value } = await peer.request({ method: "fleet.dial", params: drone });
    if (!isRecord(value) || value["kind"] !== "http") {
      throw new FlotillaError("drone_lost", "The worker's address is not known.");
    }
    // As `Dial` of the process that holds the secrets answered.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return value as unknown as Dialled;
  };
}

/** Lines go to the process that prints and keeps them. */
function toldLog({ debug }: GatewayStart, tell: Tell): Telemetry["log"] {
  return createLogger({
    level: debug ? "debug" : "info",
    now: () => systemClock.now(),
    sink: ({ level, message, fields }) =>
      tell({ kind: "log", level, message, fields: { ...fields } }),
  });
}
