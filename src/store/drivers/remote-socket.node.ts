/**
 * The driver for further processes of one machine: one process holds the store and serves it on a private socket,
 * the others use it from there.
 */
import type { Clock } from "../../protocol/clock.ts";
import type { Store } from "../contract.ts";
import { createRemoteStore } from "./remote/remote-store.ts";
import { connectLink } from "./remote/socket-link.node.ts";

export { connectLink, createSocketLink } from "./remote/socket-link.node.ts";
export { serveStore, STORE_PREFIX } from "./remote/serve-store.ts";

export interface RemoteSocketStoreOptions {
  /** Socket path, or pipe name on Windows, of the process that serves. */
  path: string;
  clock: Clock;
}

/** Nothing is connected before the first use; a broken connection is made again. */
export function createRemoteSocketStore({ path, clock }: RemoteSocketStoreOptions): Store {
  return createRemoteStore({ connect: () => connectLink(path), clock });
}
