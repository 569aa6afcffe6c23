/**
 * A message link over a pair of byte streams: one message a line, as MCP's stdio transport has it, or in frames once the
 * other side has offered them (`protocol/frames.ts`).
 */
import type { Readable, Writable } from "node:stream";
import type { LinkClosed, MessageLink } from "../../../protocol/link.ts";
import { FlotillaError } from "../../../protocol/errors.ts";
import { createFrameReader, FRAME, frameHeader, FRAMES_LINE } from "../../../protocol/frames.ts";
import { lost } from "../../decisions.ts";
import { createLineSplitter } from "../lines.node.ts";
import { createInbox, type Inbox } from "../inbox.ts";

/** Unsent text beyond this makes senders wait; a pipe holds 64 KiB on Linux, so this keeps it full. */
const BUSY_CHARS = 256 * 1_024;
/** Senders that do not wait may still hand over this much more, then they are refused. */
const SPARE_CHARS = 8 * 1_024 * 1_024;

export interface LineLink {
  link: MessageLink;
  /** Closes the link for this reason; the first reason stays. */
  finish(reason: string): void;
  /** Resolves when the other side can send no more. */
  inputEnded: Promise<void>;
  /** Frees both streams, whatever is still in them. */
  destroy(): void;
}

export interface LineLinkOptions {
  /** What the other side writes. */
  input: Readable;
  /** What the other side reads. */
  output: Writable;
  maxMessageBytes: number;
  onListenerError: (error: unknown) => void;
}

export function createLineLink(options: LineLinkOptions): LineLink {
  const { input, output, maxMessageBytes } = options;
  const { promise: closed, resolve: resolveClosed } = Promise.withResolvers<LinkClosed>();
  const { promise: inputEnded, resolve: resolveEnded } = Promise.withResolvers<void>();
  let reason: string | undefined;

  const sender = createSender(output, maxMessageBytes);
  const inbox = createInbox({
    maxBytes: maxMessageBytes,
    onListenerError: options.onListenerError,
    // Nobody listens yet: the pipe fills up and the drone waits.
    onFull: () => input.pause(),
    onRelief: () => input.resume(),
  });

  const finish = (why: string): void => {
    if (reason !== undefined) return;
    reason = why;
    sender.stop(why);
    resolveClosed({ reason: why });
  };

  const incoming = createIncoming({
    maxMessageBytes,
    inbox,
    onOffer: () => sender.useFrames(),
    onOverlong: () => finish(`sent a message of more than ${megabytes(maxMessageBytes)}`),
  });
  const ended = (): void => {
    // A last line without a newline is no message: the codec would judge half of one.
    resolveEnded();
  };
  input.on("data", (chunk: Buffer) => incoming.push(chunk));
  input.on("end", ended);
  input.on("close", ended);
  input.on("error", ended);
  // A drone that closed its input tells so by exiting, or is found out by the next probe.
  output.on("error", () => sender.stop("it stopped reading"));

  const link: MessageLink = {
    send: (text) => sender.send(text),
    onMessage: (listener) => inbox.listen(listener),
    onResult: incoming.onResult,
    closed,
    close: () => finish("closed by us"),
  };
  return {
    link,
    finish,
    inputEnded,
    destroy() {
      input.destroy();
      output.destroy();
    },
  };
}

type ResultListener = (id: number, result: string, isError: boolean) => void;

interface Incoming {
  push(chunk: Buffer): void;
  onResult: (listener: ResultListener) => void;
}

interface IncomingOptions {
  maxMessageBytes: number;
  inbox: Inbox;
  /** The other side can read frames. */
  onOffer: () => void;
  onOverlong: () => void;
}

/** Lines, until frames are offered; both from then on. */
function createIncoming({
  maxMessageBytes,
  inbox,
  onOffer,
  onOverlong,
}: IncomingOptions): Incoming {
  // Whoever has not offered frames may write such bytes by chance. Who has waits for ours before it sends one.
  let offered = false;
  let listener: ResultListener | undefined;
  const lines = createLineSplitter({
    maxBytes: maxMessageBytes,
    onLine(text) {
      if (text !== FRAMES_LINE) return inbox.put(text);
      offered = true;
      onOffer();
    },
    onOverlong,
  });
  const frames = createFrameReader({
    maxBytes: maxMessageBytes,
    onLinePart: (part) => lines.push(asBuffer(part)),
    onFrame(kind, id, payload) {
      const text = asBuffer(payload).toString("utf8");
      if (kind === FRAME.message) inbox.put(text);
      else inbox.run(() => listener?.(id, text, kind === FRAME.failure));
    },
    onOverlong,
  });
  return {
    push: (chunk) => (offered ? frames : lines).push(chunk),
    onResult(next) {
      listener = next;
    },
  };
}

/** Parts of what a stream gave are buffers already. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

interface Sender {
  send(text: string): Promise<void>;
  /** From the next message on. */
  useFrames(): void;
  stop(reason: string): void;
}

function createSender(output: Writable, maxMessageBytes: number): Sender {
  const maxQueued = maxMessageBytes + SPARE_CHARS;
  const ready = Promise.resolve();
  let pending = "";
  let encoding: "utf8" | "latin1" = "utf8";
  let scheduled = false;
  let stopped: string | undefined;
  let waiters: PromiseWithResolvers<void> | undefined;

  const release = (): void => {
    waiters?.resolve();
    waiters = undefined;
  };
  const flush = (): void => {
    scheduled = false;
    if (pending === "" || output.destroyed) return;
    const text = pending;
    pending = "";
    if (output.write(text, encoding)) release();
  };
  output.on("drain", release);

  return {
    send(text) {
      if (stopped !== undefined) return refused(lost(stopped));
      const queued = pending.length + output.writableLength;
      if (queued > 0 && queued + text.length > maxQueued) return refused(notReading(queued));
      pending += encoding === "utf8" ? `${oneLine(text)}\n` : framed(text);
      if (!scheduled) {
        scheduled = true;
        setImmediate(flush);
      }
      if (queued + text.length < BUSY_CHARS) return ready;
      waiters ??= quiet();
      return waiters.promise;
    },
    useFrames() {
      if (encoding === "latin1" || stopped !== undefined) return;
      flush();
      encoding = "latin1";
    },
    stop(reason) {
      if (stopped !== undefined) return;
      flush();
      stopped = reason;
      waiters?.reject(lost(reason));
      waiters = undefined;
      // End of input is how a stdio server is asked to leave (MCP, transports/stdio, shutdown).
      if (!output.destroyed) output.end();
    },
  };
}

/** One byte a character, so that header and payload are one string and a whole batch one write. */
function framed(text: string): string {
  const bytes = Buffer.byteLength(text);
  // As many bytes as characters: ASCII, which is the same in both encodings.
  const payload = bytes === text.length ? text : Buffer.from(text).toString("latin1");
  return frameHeader(FRAME.message, bytes) + payload;
}

/** Between JSON tokens a line break is only space; left in, it would let one message pass for two. */
function oneLine(text: string): string {
  return text.includes("\n") || text.includes("\r") ? text.replaceAll(/[\r\n]/g, " ") : text;
}

function notReading(queuedChars: number): FlotillaError {
  return new FlotillaError("overloaded", "The drone does not read its messages.", {
    retryable: true,
    hint: "Wait for `send` before sending more, or raise the number of drones.",
    data: { queuedChars },
  });
}

/** A caller may drop the promise of a message it does not care for; that must not end the process. */
function refused(error: FlotillaError): Promise<void> {
  const { promise, reject } = quiet();
  reject(error);
  return promise;
}

function quiet(): PromiseWithResolvers<void> {
  const resolvers = Promise.withResolvers<void>();
  resolvers.promise.catch(() => {});
  return resolvers;
}

function megabytes(bytes: number): string {
  return bytes < 1_048_576
    ? `${Math.floor(bytes / 1_024)} KB`
    : `${Math.floor(bytes / 1_048_576)} MB`;
}
