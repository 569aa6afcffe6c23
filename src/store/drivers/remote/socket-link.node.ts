/** A socket as a message link: length-prefixed frames, so that any text passes; writes of one tick go out together. */
import { connect as connectSocket, type Socket } from "node:net";
import { FlotillaError, messageOf } from "../../../protocol/errors.ts";
import type { LinkClosed, MessageLink } from "../../../protocol/link.ts";

/** One message: a store value is at most 4 MiB, an answer at most what its worker's limits allow. */
const MAX_FRAME_BYTES = 256 * 1024 * 1024;
/** Unsent bytes beyond which the other side counts as stuck. */
const MAX_BACKLOG_BYTES = 512 * 1024 * 1024;
const HEAD_BYTES = 4;

/** Connects to a socket path (or Windows pipe name). Rejects with `fleet_unreachable`. */
export function connectLink(path: string): Promise<MessageLink> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(path);
    const refused = (cause: Error): void =>
      reject(
        new FlotillaError("fleet_unreachable", `Nobody answers at ${path}: ${messageOf(cause)}.`, {
          retryable: true,
          cause,
        }),
      );
    socket.once("error", refused);
    socket.once("connect", () => {
      socket.off("error", refused);
      resolve(createSocketLink(socket));
    });
  });
}

export function createSocketLink(socket: Socket): MessageLink {
  return new SocketLink(socket);
}

class SocketLink implements MessageLink {
  readonly closed: Promise<LinkClosed>;
  readonly #socket: Socket;
  readonly #frames: FrameReader;
  #reason: string | undefined;
  #corked = false;
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#frames = new FrameReader();
    const { promise, resolve } = Promise.withResolvers<LinkClosed>();
    this.closed = promise;
    socket.on("error", (error) => {
      this.#reason ??= messageOf(error);
    });
    socket.on("drain", () => {
      this.#drained?.resolve();
      this.#drained = undefined;
    });
    socket.on("end", () => socket.destroy());
    socket.on("close", () => {
      this.#reason ??= "the connection ended";
      this.#drained?.resolve();
      resolve({ reason: this.#reason });
    });
  }

  send(text: string): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed || !socket.writable) {
      return Promise.reject(new FlotillaError("drone_lost", "The connection ended."));
    }
    if (socket.writableLength > MAX_BACKLOG_BYTES) {
      this.#fail("the other side takes no messages");
      return Promise.reject(new FlotillaError("drone_lost", "The connection is stuck."));
    }
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
      queueMicrotask(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
    if (socket.write(frameOf(text))) return Promise.resolve();
    this.#drained ??= Promise.withResolvers<void>();
    return this.#drained.promise;
  }

  /** The socket is read from here on: until then the kernel keeps what came, and makes the sender wait. */
  onMessage(listener: (text: string) => void): void {
    this.#socket.on("data", (chunk: Buffer) => {
      try {
        this.#frames.read(chunk, listener);
      } catch (error) {
        this.#fail(messageOf(error));
      }
    });
  }

  close(): void {
    this.#fail("closed by us");
  }

  #fail(reason: string): void {
    this.#reason ??= reason;
    this.#socket.destroySoon();
  }
}

function frameOf(text: string): Buffer {
  const bytes = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(HEAD_BYTES + bytes);
  frame.writeUInt32BE(bytes, 0);
  frame.write(text, HEAD_BYTES);
  return frame;
}

class FrameReader {
  #chunks: Buffer[] = [];
  #have = 0;
  /** Of the frame begun, head included; 0 while the head itself is incomplete. */
  #need = 0;

  read(chunk: Buffer, onText: (text: string) => void): void {
    this.#chunks.push(chunk);
    this.#have += chunk.length;
    // A large frame comes in many chunks: they are joined once, when it is whole.
    if (this.#have < (this.#need === 0 ? HEAD_BYTES : this.#need)) return;
    const whole = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#have);
    let at = 0;
    this.#need = 0;
    while (whole.length - at >= HEAD_BYTES) {
      const bytes = whole.readUInt32BE(at);
      if (bytes > MAX_FRAME_BYTES) throw new Error(`a message of ${bytes} bytes was announced`);
      const end = at + HEAD_BYTES + bytes;
      if (end > whole.length) {
        this.#need = HEAD_BYTES + bytes;
        break;
      }
      onText(whole.toString("utf8", at + HEAD_BYTES, end));
      at = end;
    }
    this.#chunks = at === whole.length ? [] : [whole.subarray(at)];
    this.#have = whole.length - at;
  }
}
