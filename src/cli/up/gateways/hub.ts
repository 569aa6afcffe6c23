/** The private socket of a fleet: store, ownership of drones and the coordinator's API for its gateway processes. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createExchange,
  createOwnerDesk,
  EXCHANGE_METHODS,
  OWNER_METHODS,
  type OwnerDeskOptions,
} from "../../../gateway/index.ts";
import {
  createPeer,
  FlotillaError,
  type Peer,
  type PeerServe,
  systemNewId,
} from "../../../protocol/index.ts";
import {
  createSocketLink,
  serveStore,
  STORE_PREFIX,
} from "../../../store/drivers/remote-socket.node.ts";
import type { Store } from "../../../store/index.ts";

export interface Hub {
  readonly path: string;
  close(): Promise<void>;
}

export interface HubOptions {
  stateDir: string;
  store: Store;
  owner: OwnerDeskOptions;
  /** Serves what begins with `fleet.`. */
  fleet: PeerServe;
}

export async function openHub(options: HubOptions): Promise<Hub> {
  const { path, remove } = await privatePath(options.stateDir);
  const peers = new Set<Peer>();
  const store = serveStore(options.store);
  const exchange = createExchange({ timeout: (ms) => AbortSignal.timeout(ms) });
  const server = createServer((socket) => {
    const desk = createOwnerDesk(options.owner);
    const meet = exchange.desk(() => peer);
    const peer: Peer = createPeer(createSocketLink(socket), (asked) => {
      if (asked.method.startsWith(STORE_PREFIX)) return store(asked);
      if (asked.method.startsWith(OWNER_METHODS)) return desk(asked);
      if (asked.method.startsWith(EXCHANGE_METHODS)) return meet(asked);
      return options.fleet(asked);
    });
    peers.add(peer);
    void peer.closed.then(() => peers.delete(peer));
  });
  await listen(server, path);
  return {
    path,
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const peer of peers) peer.close();
      await closed;
      await remove();
    },
  };
}

/** Longer paths are no socket addresses: 104 bytes on macOS, 108 on Linux, one of them for the end. */
const MAX_PATH_BYTES = 100;

/**
 * In a folder that only this user may enter (mode 0700): who reaches the socket may do everything. Whoever holds the
 * state folder's lock may clear what a process that was killed left there.
 */
async function privatePath(
  stateDir: string,
): Promise<{ path: string; remove: () => Promise<void> }> {
  if (process.platform === "win32") {
    // Pipes have a name space of their own, and need an unguessable name.
    const path = `\\\\.\\pipe\\${systemNewId("flotilla")}`;
    return { path, remove: () => Promise.resolve() };
  }
  const home = join(stateDir, "run");
  const isShort = Buffer.byteLength(join(home, SOCKET)) <= MAX_PATH_BYTES;
  const folder = isShort ? home : await mkdtemp(join(tmpdir(), "flotilla-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  if (isShort) {
    await remove();
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  return { path: join(folder, SOCKET), remove };
}

const SOCKET = "hub.sock";

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new FlotillaError("internal", `The fleet's private socket cannot be opened at ${path}.`, {
          hint: "Check that the folder for temporary files can be written to.",
          cause,
        }),
      ),
    );
    server.listen(path, resolve);
  });
}
