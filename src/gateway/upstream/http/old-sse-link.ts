/** The 2024-11-05 HTTP+SSE transport as a message link: one stream of answers, one address to post to. */
import { FlotillaError, messageOf } from "../../../protocol/errors.ts";
import type { LinkClosed, MessageLink } from "../../../protocol/link.ts";
import type { HttpClient } from "./http-client.ts";
import { readSse, readText, type SseEvent } from "./sse-reader.ts";

export interface OldSseOptions {
  http: HttpClient;
  url: string;
  headers: Record<string, string>;
  maxMessageBytes: number;
  signal: AbortSignal;
}

/** Messages kept before anyone listens. */
const MAX_EARLY = 1_024;

/** Opens the stream and waits for the `endpoint` event that names the address to post to. */
export async function openOldSse(options: OldSseOptions): Promise<MessageLink> {
  const { http, url } = options;
  const life = new AbortController();
  const opening = AbortSignal.any([life.signal, options.signal]);
  const headers = { ...options.headers, accept: "text/event-stream" };
  // Only the head is bound to the opening signal: the stream itself outlives it.
  const stopOpening = (): void => life.abort();
  options.signal.addEventListener("abort", stopOpening, { once: true });
  try {
    if (opening.aborted) throw new FlotillaError("call_cancelled", "Connecting was cancelled.");
    const answer = await http.request({ method: "GET", url, headers, signal: life.signal });
    if (answer.status !== 200) {
      throw new FlotillaError(
        "worker_unavailable",
        `The remote server offers no event stream (HTTP ${answer.status}).`,
        {
          hint: "Check that the URL is an MCP endpoint.",
          data: { status: answer.status, sent: false },
        },
      );
    }
    const events = readSse(answer.body, options.maxMessageBytes);
    const endpoint = await endpointOf(events, url);
    return linkOver({ ...options, endpoint, events, life });
  } catch (error) {
    life.abort();
    throw error;
  } finally {
    options.signal.removeEventListener("abort", stopOpening);
  }
}

async function endpointOf(events: AsyncGenerator<SseEvent>, url: string): Promise<string> {
  for (;;) {
    const next = await events.next();
    if (next.done === true) break;
    if (next.value.event !== "endpoint") continue;
    const endpoint = new URL(next.value.data, url);
    // Posting a worker's secret headers elsewhere because the server said so would hand them out.
    if (endpoint.origin !== new URL(url).origin) break;
    return endpoint.href;
  }
  throw new FlotillaError(
    "drone_protocol",
    "The remote server named no address of its own to post to.",
  );
}

interface Opened extends OldSseOptions {
  endpoint: string;
  events: AsyncGenerator<SseEvent>;
  life: AbortController;
}

function linkOver({ http, headers, endpoint, events, life, maxMessageBytes }: Opened): MessageLink {
  const { promise: closed, resolve } = Promise.withResolvers<LinkClosed>();
  let listener: ((text: string) => void) | undefined;
  let early: string[] = [];
  const end = (reason: string): void => {
    life.abort();
    resolve({ reason });
  };

  async function pump(): Promise<void> {
    for await (const event of events) {
      if (event.event !== undefined && event.event !== "message") continue;
      if (listener !== undefined) listener(event.data);
      else if (early.push(event.data) > MAX_EARLY) return end("nobody read the messages");
    }
    end("the remote server ended the stream");
  }
  pump().catch((error: unknown) => end(messageOf(error)));

  return {
    closed,
    close: () => end("closed by us"),
    async send(text) {
      if (life.signal.aborted) throw new FlotillaError("drone_lost", "The link is closed.");
      const answer = await http.request({
        method: "POST",
        url: endpoint,
        headers: { ...headers, "content-type": "application/json" },
        body: text,
        signal: life.signal,
      });
      await readText(answer.body, maxMessageBytes);
      if (answer.status < 300) return;
      throw new FlotillaError(
        "drone_lost",
        `The remote server refused a message (HTTP ${answer.status}).`,
        {
          data: { status: answer.status, sent: answer.status < 500 ? false : undefined },
        },
      );
    },
    onMessage(heard) {
      listener = heard;
      const kept = early;
      early = [];
      for (const text of kept) heard(text);
    },
  };
}
