/** The store's promises, kept over a real socket: another process's memory store, as its clients see it. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../protocol/system-clock.ts";
import { createPeer, type Peer } from "../../protocol/peer.ts";
import { storeConformance } from "../conformance.ts";
import { createMemoryStore } from "../memory.ts";
import { createRemoteSocketStore, createSocketLink, serveStore } from "./remote-socket.node.ts";

storeConformance(
  async ({ clock }) => {
    const folder = mkdtempSync(join(tmpdir(), "flotilla-store-"));
    const path =
      process.platform === "win32"
        ? `\\\\.\\pipe\\${folder.replaceAll(/\W/g, "-")}`
        : join(folder, "s");
    const held = createMemoryStore({ clock });
    const peers = new Set<Peer>();
    const server = createServer((socket) => {
      peers.add(createPeer(createSocketLink(socket), serveStore(held)));
    });
    await new Promise<void>((resolve) => {
      server.listen(path, resolve);
    });
    const open = () => createRemoteSocketStore({ path, clock: systemClock });
    return {
      store: open(),
      connect: () => Promise.resolve(open()),
      async dispose() {
        for (const peer of peers) peer.close();
        server.close();
        await held.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
  { name: "remote socket", shared: true },
);
