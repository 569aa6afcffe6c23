/**
 * The other gateways of the fleet, as one of them talks to them: what only one process has (a stream under way, a call
 * held open) is asked of that process, by name; what all must know is told to all. One machine's processes meet in an
 * exchange, which is nothing but a switch between their links.
 */
import { FlotillaError } from "../../protocol/errors.ts";
import type { MessageLink } from "../../protocol/link.ts";
import { createPeer, type PeerAnswer, type PeerCall, type PeerServe } from "../../protocol/peer.ts";

export interface Neighbours {
  /** Of this process and this start of it. */
  readonly gatewayId: string;
  /** Rejects with `fleet_unreachable` when that gateway is gone, `data.sent` false when it was gone before. */
  request(gatewayId: string, call: PeerCall): Promise<PeerAnswer>;
  /** To every other gateway. Resolves when each has acted on it or is gone; those that fail are passed over. */
  tell(method: string, params: unknown, raw?: string): Promise<void>;
  /** Answers what begins with `prefix`. */
  serve(prefix: string, serve: PeerServe): void;
  /** Called when another gateway is gone for good. */
  onGone(listener: (gatewayId: string) => void): () => void;
  close(): void;
}

export async function joinNeighbours(link: MessageLink, gatewayId: string): Promise<Neighbours> {
  const served = new Map<string, PeerServe>();
  const listeners = new Set<(gatewayId: string) => void>();
  const peer = createPeer(link, (asked) => {
    const prefix = `${asked.method.split(".", 1)[0] ?? ""}.`;
    const serve = served.get(prefix);
    if (serve !== undefined) return serve(asked);
    throw new FlotillaError("not_supported", `No gateway does ${asked.method.slice(0, 100)}.`);
  });
  const welcome = Promise.withResolvers<void>();
  const joined = peer.request({
    method: "exchange.join",
    params: [gatewayId],
    onEvent(value) {
      if (typeof value !== "string") return welcome.resolve();
      for (const listener of listeners) listener(value);
    },
  });
  joined.catch((error: unknown) => welcome.reject(error));
  await welcome.promise;
  return {
    gatewayId,
    request: (to, { method, params, ...rest }) =>
      peer.request({ ...rest, method: "exchange.pass", params: [to, method, params] }),
    async tell(method, params, raw) {
      const call = { method: "exchange.tell", params: [gatewayId, method, params] };
      await peer.request(raw === undefined ? call : { ...call, raw });
    },
    serve: (prefix, serve) => void served.set(prefix, serve),
    onGone(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => peer.close(),
  };
}
