/** The protocol on stdin and stdout: one message a line (MCP basic/transports/stdio), or frames where both sides can. */
import {
  WIRE,
  createFrameReader,
  encodeError,
  encodeResult,
  FRAME,
  frameHeader,
  FRAMES_LINE,
  FRAMES_VARIABLE,
  FRAMES_VERSION,
} from "../protocol/index.ts";
import type { LinkClosed, MessageLink } from "../protocol/index.ts";

/** The fleet's own default limit of one message. */
const MAX_LINE_CHARS = 16 * 1024 * 1024;

export function stdioLink(): MessageLink {
  const out = claimStdout();
  const { promise: closed, resolve } = Promise.withResolvers<LinkClosed>();
  let listener: ((text: string) => void) | undefined;
  const tooLarge = (): void => {
    const message = "The message is too large.";
    void out.send(encodeError(null, { code: WIRE.invalidRequest, message }));
  };
  const lines = createLines({ onLine: (line) => listener?.(line), onOverlong: tooLarge });
  const utf8 = new TextDecoder();
  const reader = createFrameReader({
    maxBytes: MAX_LINE_CHARS,
    onLinePart: (part) => lines.push(utf8.decode(part, { stream: true })),
    onFrame(_kind, _id, payload) {
      // Who sends frames reads them.
      out.useFrames();
      listener?.(textOf(payload));
    },
    onOverlong() {
      tooLarge();
      resolve({ reason: "a message was too large" });
    },
  });
  const { stdin } = process;
  // A reader that went away must not bring the worker down before its calls are finished.
  process.stdout.on("error", () => resolve({ reason: "stdout was closed" }));
  return {
    send: out.send,
    sendResult: out.sendResult,
    onMessage(next) {
      listener = next;
      if (takeOffer()) void out.send(FRAMES_LINE);
      stdin.on("data", (chunk: Buffer) => reader.push(chunk));
      stdin.once("end", () => {
        lines.finish();
        resolve({ reason: "stdin ended" });
      });
      stdin.once("error", () => resolve({ reason: "stdin failed" }));
    },
    closed,
    close() {
      // Unread input would keep the process alive; what is written already still leaves.
      stdin.pause();
      stdin.destroy();
      resolve({ reason: "closed by us" });
    },
  };
}

/** The offer is for this process: a program it starts has another reader on its stdout. */
function takeOffer(): boolean {
  const offered = process.env[FRAMES_VARIABLE];
  delete process.env[FRAMES_VARIABLE];
  return offered === FRAMES_VERSION;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

interface Out {
  send: (text: string) => Promise<void>;
  sendResult: (id: number, result: string, isError: boolean) => Promise<void>;
  /** From the next message on. */
  useFrames(): void;
}

/** From here on stdout belongs to the protocol: what anyone else prints goes to stderr. */
function claimStdout(): Out {
  const { stdout, stderr } = process;
  const own = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  let pending: PromiseWithResolvers<void> | undefined;
  let buffered = "";
  let encoding: "utf8" | "latin1" = "utf8";
  const flush = (): void => {
    const batch = buffered;
    const sent = pending;
    buffered = "";
    pending = undefined;
    if (batch !== "") own(batch, encoding, () => sent?.resolve());
  };
  // Messages of one turn leave in one write: a system call each would cost more than the messages.
  const put = (text: string): Promise<void> => {
    buffered += text;
    if (pending === undefined) {
      pending = Promise.withResolvers();
      setImmediate(flush);
    }
    return pending.promise;
  };
  return {
    send: (text) => put(encoding === "utf8" ? `${text}\n` : framed(FRAME.message, 0, text)),
    sendResult: (id, result, isError) =>
      put(
        encoding === "utf8"
          ? `${encodeResult(id, { text: result })}\n`
          : framed(isError ? FRAME.failure : FRAME.result, id, result),
      ),
    useFrames() {
      if (encoding === "latin1") return;
      flush();
      encoding = "latin1";
    },
  };
}

/** One byte a character, so that header and payload are one string and a whole batch one write. */
function framed(kind: (typeof FRAME)[keyof typeof FRAME], id: number, text: string): string {
  const bytes = Buffer.byteLength(text);
  const payload = bytes === text.length ? text : Buffer.from(text).toString("latin1");
  return frameHeader(kind, bytes, id) + payload;
}

interface Lines {
  push(chunk: string): void;
  finish(): void;
}

function createLines(to: { onLine: (line: string) => void; onOverlong: () => void }): Lines {
  let parts: string[] = [];
  let held = 0;
  let skipping = false;
  const flush = (last: string): void => {
    const line = parts.length === 0 ? last : parts.join("") + last;
    parts = [];
    held = 0;
    if (skipping) skipping = false;
    else if (line.trim() !== "") to.onLine(line);
  };
  const hold = (rest: string): void => {
    if (rest === "" || skipping) return;
    if (held + rest.length > MAX_LINE_CHARS) {
      parts = [];
      held = 0;
      skipping = true;
      return to.onOverlong();
    }
    parts.push(rest);
    held += rest.length;
  };
  return {
    push(chunk) {
      let from = 0;
      for (;;) {
        const end = chunk.indexOf("\n", from);
        if (end < 0) return hold(chunk.slice(from));
        flush(chunk.slice(from, end));
        from = end + 1;
      }
    },
    finish: () => flush(""),
  };
}
