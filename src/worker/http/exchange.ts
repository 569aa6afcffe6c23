/** The seam between an entry (node:http, `fetch`, Lambda) and the HTTP core: cheap to make from each of them. */

export interface HttpAsk {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** By lower-case name. */
  header(name: string): string | undefined;
  /** The whole body as UTF-8 text; rejects with `BodyError`. */
  body(maxBytes: number): Promise<string>;
  /** Aborted when the client goes away before its answer is complete. */
  readonly signal: AbortSignal;
  /** Milliseconds after which the platform ends this request, answered or not. */
  readonly deadlineMs?: number;
}

export interface HttpAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** A stream is an event stream; cancelling it says that the client is gone. */
  body: string | ReadableStream<Uint8Array>;
}

export class BodyError extends Error {
  readonly why: "too_large" | "not_utf8" | "incomplete";
  constructor(why: BodyError["why"]) {
    super(why);
    this.name = "BodyError";
    this.why = why;
  }
}

/** Collects a body piece by piece and stops at the limit: what is over it is never held. */
export function createBodyReader(maxBytes: number): {
  push(chunk: Uint8Array): void;
  end(): string;
} {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  let bytes = 0;
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      throw new BodyError("not_utf8");
    }
  };
  return {
    push(chunk) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw new BodyError("too_large");
      text += decode(chunk);
    },
    end: () => text + decode(),
  };
}
