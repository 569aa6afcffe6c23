/** Reads a request body as text, with a bound, and gets rid of what is not wanted without hurting the connection. */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";

export interface BodyHandlers {
  onText(text: string): void;
  onRefused(why: "too_large" | "not_utf8" | "incomplete"): void;
}

/** Calls exactly one handler, once. Nothing beyond `maxBytes` is ever held. */
export function readBody(request: IncomingMessage, maxBytes: number, handlers: BodyHandlers): void {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let isDone = false;
  const done = (): void => {
    isDone = true;
    chunks = [];
  };
  request.on("data", (chunk: Buffer) => {
    if (isDone) return;
    bytes += chunk.byteLength;
    if (bytes <= maxBytes) {
      chunks.push(chunk);
      return;
    }
    done();
    handlers.onRefused("too_large");
  });
  request.once("end", () => {
    if (isDone) return;
    const [only] = chunks;
    const body = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
    done();
    // Buffer's own decoding would replace broken sequences, so that two readers see two different messages.
    if (isUtf8(body)) handlers.onText(body.toString("utf8"));
    else handlers.onRefused("not_utf8");
  });
  const broken = (): void => {
    if (isDone) return;
    done();
    handlers.onRefused("incomplete");
  };
  request.once("close", broken);
  request.once("error", broken);
}

/**
 * Lets a refused body run into the void, so that its sender gets to read the answer instead of a reset connection.
 * Beyond `maxBytes` the connection is cut after all: a sender that ignores the answer is no innocent.
 */
export function discardBody(request: IncomingMessage, maxBytes: number): void {
  let left = maxBytes;
  request.on("data", (chunk: Buffer) => {
    left -= chunk.byteLength;
    if (left < 0) request.destroy();
  });
  request.on("error", () => {});
  request.resume();
}
