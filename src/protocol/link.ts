/** How a gateway reaches a drone: either an address anyone may dial, or a link held by the node that started it. */

/** One end of a two-way stream of whole JSON-RPC messages (a pipe, a message port, a socket). */
export interface MessageLink {
  /**
   * Hands one message (JSON text, no newline inside) to the other side. Messages of one tick are sent together.
   * Resolves when the link can take more: await it to respect back-pressure. Rejects with `drone_lost` once closed.
   */
  send(text: string): Promise<void>;
  /**
   * The single listener for messages from the other side, in order. Messages that came before it was set are
   * kept, bounded, and delivered then.
   */
  onMessage(listener: (text: string) => void): void;
  /**
   * Sends the complete result of request `id`, one JSON object, without an envelope. Only links whose other side may
   * read frames have it; the rest take `send`.
   */
  sendResult?(id: number, result: string, isError: boolean): Promise<void>;
  /** The listener for results that came so, as they were written: whoever sets it proves that they are JSON. */
  onResult?(listener: (id: number, result: string, isError: boolean) => void): void;
  /** Resolves once, with why, when no further message can pass. Never rejects. */
  readonly closed: Promise<LinkClosed>;
  /** Ends this side. Idempotent. */
  close(): void;
}

export interface LinkClosed {
  /** Plain words: "exited with code 1", "closed by us", "sent 12 MB without a newline". */
  reason: string;
}

export type DroneAddress =
  /** Dialled by whoever calls. Secret headers and the query are not part of the address: the dialler adds them. */
  | { kind: "http"; url: string; transport: "streamable-http" | "sse" | "auto" }
  /** Held by the launcher of that name on that node: `launcher.connect(handle)`. */
  | { kind: "link"; node: string; launcher: string };
