/** The message link to a drone of another machine: one of many over the connection to its node. */
import { FlotillaError, isFlotillaError } from "../../../protocol/errors.ts";
import { isRecord } from "../../../protocol/jsonrpc.ts";
import type { LinkClosed, MessageLink } from "../../../protocol/link.ts";
import type { Peer } from "../../../protocol/peer.ts";
import { createInbox } from "../inbox.ts";

export interface ForwardedLinkOptions {
  /** Node and launcher. */
  place: readonly string[];
  handle: string;
  /** Names this link among those of the connection. */
  key: string;
  onClosed: () => void;
}

const MAX_KEPT_BYTES = 16 * 1024 * 1024;

/** Resolves when the drone's own link is open at the other end. */
export async function forwardedLink(
  peer: Peer,
  { place, handle, key, onClosed }: ForwardedLinkOptions,
): Promise<MessageLink> {
  const life = new AbortController();
  const opened = Promise.withResolvers<void>();
  const inbox = createInbox({
    maxBytes: MAX_KEPT_BYTES,
    // Nobody listens to what it says: the other end is told to stop.
    onFull: () => life.abort(),
    onRelief: () => {},
    onListenerError: () => {},
  });
  let isOpen = true;
  const asked = peer.request({
    method: "launch.connect",
    params: [...place, handle, key],
    signal: life.signal,
    onEvent: (value) => (typeof value === "string" ? inbox.put(value) : opened.resolve()),
  });
  const closed = asked
    .then(
      ({ value }): LinkClosed => ({ reason: reasonOf(value) }),
      (error: unknown): LinkClosed => {
        opened.reject(
          isFlotillaError(error) && error.code === "not_supported" ? error : gone(error),
        );
        return { reason: life.signal.aborted ? "closed by us" : "its node is gone" };
      },
    )
    .then((why) => {
      isOpen = false;
      onClosed();
      return why;
    });
  await opened.promise;
  return {
    async send(text) {
      if (!isOpen) throw gone();
      try {
        await peer.request({ method: "launch.send", params: [key], raw: text });
      } catch (error) {
        throw gone(error);
      }
    },
    onMessage: (listener) => inbox.listen(listener),
    closed,
    close: () => life.abort(),
  };
}

function gone(cause?: unknown): FlotillaError {
  return new FlotillaError("drone_lost", "The drone's link has ended.", { cause });
}

function reasonOf(value: unknown): string {
  return isRecord(value) && typeof value["reason"] === "string" ? value["reason"] : "it ended";
}
