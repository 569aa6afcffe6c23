/** The protocol on stdin and stdout, one message a line (MCP basic/transports/stdio). */
import { WIRE, encodeError } from "../protocol/index.ts";
import type { LinkClosed, MessageLink } from "../protocol/index.ts";

/** The fleet's own default limit of one message. */
const MAX_LINE_CHARS = 16 * 1024 * 1024;

export function stdioLink(): MessageLink {
  const write = claimStdout();
  const { promise: closed, resolve } = Promise.withResolvers<LinkClosed>();
  let listener: ((text: string) => void) | undefined;
  const reply = (text: string): void => void write(`${text}\n`);
  const lines = createLines({
    onLine: (line) => listener?.(line),
    onOverlong: () =>
      reply(encodeError(null, { code: WIRE.invalidRequest, message: "The message is too large." })),
  });
  const { stdin } = process;
  // A reader that went away must not bring the worker down before its calls are finished.
  process.stdout.on("error", () => resolve({ reason: "stdout was closed" }));
  stdin.setEncoding("utf8");
  return {
    send: (text) => write(`${text}\n`),
    onMessage(next) {
      listener = next;
      stdin.on("data", (chunk: string) => lines.push(chunk));
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

/** From here on stdout belongs to the protocol: what anyone else prints goes to stderr. */
function claimStdout(): (text: string) => Promise<void> {
  const { stdout, stderr } = process;
  const own = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  let pending: Promise<void> | undefined;
  let buffered = "";
  // Messages of one tick leave in one write: a system call each would cost more than the messages.
  return (text) => {
    buffered += text;
    pending ??= new Promise((resolve) => {
      queueMicrotask(() => {
        const batch = buffered;
        buffered = "";
        pending = undefined;
        own(batch, () => resolve());
      });
    });
    return pending;
  };
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
