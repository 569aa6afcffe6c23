/**
 * A launcher of another machine, driven over a link. Everything a launcher promises holds here too: what is asked twice
 * is done once, because the launcher at the other end sees to that.
 */
import { isFlotillaError, messageOf } from "../../../protocol/errors.ts";
import type { MessageLink } from "../../../protocol/link.ts";
import type { Peer, PeerCall } from "../../../protocol/peer.ts";
import type { LaunchedDrone, Launcher } from "../../contract.ts";
import { asDecision, calledOff, closedLauncher, unknownFailure } from "../../decisions.ts";
import { forwardedLink } from "./forwarded-link.ts";
import type { LauncherOffer } from "./names.ts";

export interface LauncherProxyOptions {
  node: string;
  offer: LauncherOffer;
  /** How it is known here. Default: as at its node. */
  name?: string;
  /** The connection to the node, or to whoever speaks for it; made anew when it is needed. */
  peer: () => Promise<Peer>;
}

export function createLauncherProxy(options: LauncherProxyOptions): Launcher {
  const { node, offer, peer } = options;
  const life = new AbortController();
  const place = [node, offer.name];
  const ask: Ask = async (method, { args = [], ...rest } = {}) => {
    if (life.signal.aborted) throw closedLauncher();
    try {
      return (await (await peer()).request({ ...rest, method, params: [...place, ...args] })).value;
    } catch (error) {
      throw decisionOf(error, node);
    }
  };
  const hints = createHints(ask, life.signal);
  const links = createLinks(place, peer);
  return {
    name: options.name ?? offer.name,
    capabilities: offer.capabilities,
    async create(claim, signal) {
      try {
        return droneOf(await ask("launch.create", { raw: JSON.stringify(claim), signal }));
      } catch (error) {
        throw asDecision(error);
      }
    },
    async get(handle) {
      hints.keep();
      const found = await ask("launch.get", { args: [handle] });
      return found === null ? undefined : droneOf(found);
    },
    async list() {
      // A closed launcher runs nothing; the node goes on as it is.
      if (life.signal.aborted) return [];
      hints.keep();
      const found = await ask("launch.list");
      return Array.isArray(found) ? found.map(droneOf) : [];
    },
    end: async (handle, graceMs) =>
      (await ask("launch.end", { args: [handle, graceMs] })) === "gone" ? "gone" : "ending",
    connect: (handle) => links.get(handle),
    onChange: (listener) => hints.listen(listener),
    async close() {
      life.abort();
      links.close();
    },
  };
}

type Ask = (method: string, call?: Partial<PeerCall> & { args?: unknown[] }) => Promise<unknown>;

/** Hints come for as long as the connection lives; whoever asks the node anything takes them up again. */
function createHints(ask: Ask, signal: AbortSignal) {
  const listeners = new Set<(handle: string) => void>();
  let isWatching = false;
  const tell = (handle: unknown): void => {
    for (const listener of listeners) listener(String(handle));
  };
  const keep = (): void => {
    if (isWatching || listeners.size === 0) return;
    isWatching = true;
    void ask("launch.watch", { signal, onEvent: tell })
      .catch(() => {})
      .finally(() => (isWatching = false));
  };
  return {
    keep,
    listen(listener: (handle: string) => void) {
      listeners.add(listener);
      keep();
      return () => void listeners.delete(listener);
    },
  };
}

/** One link per drone while it lives. */
function createLinks(place: readonly string[], peer: () => Promise<Peer>) {
  const links = new Map<string, Promise<MessageLink>>();
  let no = 0;
  return {
    get(handle: string): Promise<MessageLink> {
      const known = links.get(handle);
      if (known !== undefined) return known;
      no += 1;
      const key = [...place, no].join(" ");
      const onClosed = (): void => void links.delete(handle);
      const made = peer().then((each) => forwardedLink(each, { place, handle, key, onClosed }));
      links.set(handle, made);
      made.catch(onClosed);
      return made;
    },
    close(): void {
      for (const link of links.values()) void link.then((each) => each.close()).catch(() => {});
      links.clear();
    },
  };
}

/** A node that does not answer is one to ask again later. Its own decisions pass as they are. */
function decisionOf(error: unknown, node: string): unknown {
  if (!isFlotillaError(error)) return error;
  if (error.code === "call_cancelled") return calledOff();
  if (error.code !== "fleet_unreachable" && error.code !== "drone_lost") return error;
  const message = `The node ${node} does not answer: ${messageOf(error)}`;
  return unknownFailure(message, { cause: error });
}

function droneOf(value: unknown): LaunchedDrone {
  // As the launcher at the other end, of this same program, gave it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return value as LaunchedDrone;
}
