/** A message link over the port of a worker thread: one message a post, as text. */
import type { Worker } from "node:worker_threads";
import type { LinkClosed, MessageLink } from "../../../protocol/link.ts";
import { lost } from "../../decisions.ts";
import { createInbox } from "../inbox.ts";

export interface PortLink {
  link: MessageLink;
  /** Closes the link for this reason; the first reason stays. */
  finish(reason: string): void;
}

export interface PortLinkOptions {
  thread: Worker;
  maxMessageBytes: number;
  onListenerError: (error: unknown) => void;
}

/** What the thread is sent in place of an end of input: no text, so it cannot be taken for a message. */
const END_OF_INPUT = null;

export function createPortLink(options: PortLinkOptions): PortLink {
  const { thread: port, maxMessageBytes } = options;
  const { promise: closed, resolve } = Promise.withResolvers<LinkClosed>();
  let reason: string | undefined;

  const finish = (why: string): void => {
    if (reason !== undefined) return;
    reason = why;
    port.postMessage(END_OF_INPUT);
    resolve({ reason: why });
  };
  const inbox = createInbox({
    maxBytes: maxMessageBytes,
    onListenerError: options.onListenerError,
    // A port cannot be made to wait, so what nobody reads has to end somewhere.
    onFull: () => finish("sent more than anybody read"),
    onRelief: () => {},
  });
  port.on("message", (message: unknown) => {
    if (typeof message !== "string" || reason === OVERLONG) return;
    if (message.length > maxMessageBytes) finish(OVERLONG);
    else inbox.put(message);
  });

  const link: MessageLink = {
    // A port takes everything at once: the bound is the number of calls a gateway has under way.
    async send(text) {
      if (reason !== undefined) throw lost(reason);
      port.postMessage(text);
    },
    onMessage: (listener) => inbox.listen(listener),
    closed,
    close: () => finish("closed by us"),
  };
  return { link, finish };
}

const OVERLONG = "sent a message longer than its limit";
