/** One `subscriptions/listen` per drone, opened again when the wish changes or the worker ends it. */
import type { Clock, Timer } from "../../../protocol/clock.ts";
import { isRecord } from "../../../protocol/jsonrpc.ts";
import type { Channel, Hello, Notify } from "../contract.ts";
import { envelope, type ClientInfo } from "../envelope.ts";
import { baseHeaders } from "./headers.ts";

export interface ListeningOptions {
  channel: Channel;
  hello: Hello;
  clock: Clock;
  gateway: ClientInfo;
  version: string;
  headers: boolean;
  onChange: Notify;
}

const MAX_URIS = 1_000;
/** A worker that keeps ending the stream is asked again ever more rarely: 1 s, 2 s … 60 s. */
const RELISTEN_MS = 1_000;
const MAX_RELISTEN_MS = 60_000;

export interface Listening {
  want(uris: readonly string[]): void;
  close(): void;
}

export function createListening(options: ListeningOptions): Listening {
  return new OneStream(options);
}

class OneStream implements Listening {
  readonly #options: ListeningOptions;
  readonly #lists: Record<string, true>;
  #uris: readonly string[] = [];
  #stream: AbortController | undefined;
  #timer: Timer | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: ListeningOptions) {
    this.#options = options;
    this.#lists = listChangedOf(options.hello.capabilities);
    void options.channel.closed.then(() => this.close());
    this.#open();
  }

  want(wanted: readonly string[]): void {
    const next = wanted.slice(0, MAX_URIS);
    const have = this.#uris;
    if (next.length === have.length && next.every((uri, index) => uri === have[index])) return;
    this.#uris = next;
    this.#open();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#stream?.abort();
  }

  #open(): void {
    this.#timer?.cancel();
    this.#stream?.abort();
    const uris = this.#uris.length === 0 ? {} : { resourceSubscriptions: this.#uris };
    const notifications = { ...this.#lists, ...uris };
    if (this.#closed || Object.keys(notifications).length === 0) return;
    const mine = new AbortController();
    this.#stream = mine;
    const { channel, version, gateway: info, headers } = this.#options;
    const method = "subscriptions/listen";
    channel
      .request({
        method,
        params: envelope({ notifications }, { version, info, capabilities: {} }),
        signal: mine.signal,
        onNotification: (heard, params) => this.#hear(heard, params),
        ...(headers ? { headers: baseHeaders(version, method) } : {}),
      })
      .then(
        // An error answer means the worker does not do this: asking again would not change its mind.
        (answer) => (answer.kind === "error" ? undefined : this.#again(mine)),
        () => this.#again(mine),
      );
  }

  #hear(method: string, params: Record<string, unknown>): void {
    this.#failures = 0;
    this.#options.onChange(method, params);
  }

  #again(ended: AbortController): void {
    if (this.#closed || this.#stream !== ended) return;
    const delayMs = Math.min(MAX_RELISTEN_MS, RELISTEN_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#timer = this.#options.clock.after(delayMs, () => this.#open());
  }
}

/** Asks only for what the worker says it sends (basic/patterns/subscriptions). */
function listChangedOf(capabilities: Record<string, unknown>): Record<string, true> {
  const wanted: Record<string, true> = {};
  for (const kind of ["tools", "prompts", "resources"]) {
    const offered = capabilities[kind];
    if (isRecord(offered) && offered["listChanged"] === true) wanted[`${kind}ListChanged`] = true;
  }
  return wanted;
}
