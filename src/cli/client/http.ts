/** What both clients of the fleet share: bounded bodies, a time limit, and one way to say "nobody answers". */
import { FlotillaError, type Clock } from "../../protocol/index.ts";

export interface HttpDeps {
  /** The fleet's base URL, without a slash at the end. */
  url: string;
  fetch: typeof fetch;
  clock: Clock;
  /** Aborted when the user interrupts. */
  signal: AbortSignal;
}

/** As much as one answer may hold in memory. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export interface Call extends RequestInit {
  path: string;
  /** Until the headers of the answer. */
  timeoutMs: number;
}

export async function send(deps: HttpDeps, { path, timeoutMs, ...init }: Call): Promise<Response> {
  const late = new AbortController();
  const timer = deps.clock.after(timeoutMs, () => late.abort());
  const signals = [deps.signal, late.signal, ...(init.signal ? [init.signal] : [])];
  try {
    const signal = AbortSignal.any(signals);
    return await deps.fetch(`${deps.url}${path}`, { ...init, signal, redirect: "error" });
  } catch (error) {
    if (deps.signal.aborted) throw new FlotillaError("call_cancelled", "interrupted");
    if (init.signal?.aborted === true) throw new FlotillaError("call_timeout", "took too long");
    throw unreachable(deps.url, late.signal.aborted ? "it does not answer in time" : reason(error));
  } finally {
    timer.cancel();
  }
}

export function unreachable(url: string, why: string): FlotillaError {
  return new FlotillaError("fleet_unreachable", `No fleet answers at ${url}: ${why}.`, {
    retryable: true,
    hint: "Start one with `flotilla up`, or name another with --url.",
  });
}

/** Something answers, but not in our language: most likely another program's port. */
export function notFlotilla(url: string): FlotillaError {
  return new FlotillaError("fleet_unreachable", `What answers at ${url} is not Flotilla.`, {
    hint: "Check the port, or name another fleet with --url.",
  });
}

/** The whole body as text. Reading stops for good once it is larger than allowed. */
export async function readText(response: Response, maxBytes = MAX_ANSWER_BYTES): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of chunksOf(response)) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      throw new FlotillaError("message_too_large", "The answer is too large to show.");
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

export async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  try {
    yield* response.body;
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") {
      throw new FlotillaError("call_cancelled", "interrupted", { cause: error });
    }
    throw new FlotillaError("fleet_unreachable", "The connection to the fleet broke.", {
      retryable: true,
      hint: "See whether it still runs: `flotilla ps`.",
      cause: error,
    });
  }
}

function reason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const words: Record<string, string> = {
    ECONNREFUSED: "nothing listens there",
    ENOTFOUND: "the host name is not known",
    EAI_AGAIN: "the host name cannot be looked up",
    ECONNRESET: "the connection was closed",
    UND_ERR_SOCKET: "the connection was closed",
    ETIMEDOUT: "it does not answer",
    EHOSTUNREACH: "there is no way to that host",
  };
  return words[code] ?? (code === "" ? "the request failed" : code);
}
