/**
 * The port. The process that holds it accepts connections, reads nothing, and hands each to one of the gateway
 * processes in turn. Nothing that waits to be accepted dies with a gateway, which is what happens to the queues of
 * SO_REUSEPORT; the port stays taken while every gateway is down; and it works the same on Linux, macOS and Windows.
 */
import { createServer, type Server, type Socket } from "node:net";
import { FlotillaError } from "../../../protocol/index.ts";

export interface Door {
  readonly port: number;
  /** Hands connections to this taker too, one at a time. Returns how to stop; what it had not taken goes to another. */
  open(taker: Taker): () => void;
  close(): void;
}

export interface Taker {
  /**
   * Resolves when the other process has it. "unsent": that process takes no more, and the connection is as it was.
   * "lost": it was on its way when the process ended, and Node has closed it.
   */
  take(socket: Socket): Promise<"taken" | "unsent" | "lost">;
}

interface Place {
  taker: Taker;
  isBusy: boolean;
}

/** Connections that wait for a gateway: more than a listen backlog holds, and few enough to be nothing. */
const MAX_WAITING = 1_024;

export async function openDoor(options: { host: string; port: number }): Promise<Door> {
  const places = new Set<Place>();
  const waiting: Socket[] = [];
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    if (waiting.length < MAX_WAITING) {
      waiting.push(socket);
      serve();
    } else socket.destroy();
  });

  function serve(): void {
    for (let place = idle(); place !== undefined && waiting.length > 0; place = idle()) {
      const socket = waiting.shift();
      if (socket === undefined || socket.destroyed) continue;
      void hand(place, socket);
    }
  }

  /** The one that waits for longest: a set keeps the order in which they became free. */
  function idle(): Place | undefined {
    for (const place of places) if (!place.isBusy) return place;
    return undefined;
  }

  async function hand(place: Place, socket: Socket): Promise<void> {
    place.isBusy = true;
    const outcome = await place.taker.take(socket);
    place.isBusy = false;
    if (outcome === "unsent") {
      places.delete(place);
      waiting.unshift(socket);
    } else {
      // Only this process's handle of it: a connection that was taken lives on in the other.
      socket.destroy();
      if (places.delete(place) && outcome === "taken") places.add(place);
    }
    serve();
  }

  const port = await listen(server, options);
  return {
    port,
    open(taker) {
      const place: Place = { taker, isBusy: false };
      places.add(place);
      serve();
      return () => void places.delete(place);
    },
    close() {
      // It stops listening at once. When it says so it also waits for what it handed over, and for ever if the process
      // that had it was killed.
      server.close();
      for (const socket of waiting.splice(0)) socket.destroy();
    },
  };
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const inUse = cause.code === "EADDRINUSE";
      const message = inUse
        ? `Port ${port} on ${host} is in use.`
        : `Cannot listen on ${host}:${port}: ${cause.message}.`;
      const hint = inUse
        ? "Stop the other server, or choose another port with --port (0 picks a free one)."
        : "Check the host and port.";
      reject(new FlotillaError(inUse ? "port_in_use" : "config_invalid", message, { hint, cause }));
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}
