/** First contact with a drone: finds out its era and returns a client that speaks it. */
import type { Clock } from "../../protocol/clock.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import type { Telemetry } from "../../telemetry/index.ts";
import type { Dialled } from "../dial.ts";
import type { ChannelEvents, Notify, UpstreamClient } from "./contract.ts";
import type { ClientInfo } from "./envelope.ts";
import type { EraMemory } from "./era.ts";
import { connectHttp } from "./http/connect-http.ts";
import type { HttpClient } from "./http/http-client.ts";
import { eventsFor, type WiredClient } from "./legacy/legacy-client.ts";
import { connectLink } from "./link/connect-link.ts";

export interface ConnectOptions {
  dialled: Dialled;
  clock: Clock;
  telemetry: Telemetry;
  http: HttpClient;
  gateway: ClientInfo;
  maxMessageBytes: number;
  /** Verdicts on eras; `eraKey` names the worker's revision. */
  eras: EraMemory;
  eraKey: string;
  /** list_changed and resource updates. */
  onChange: Notify;
  /** Aborting gives up and closes the way. */
  signal: AbortSignal;
}

/** What both transports need, with the events of the channel led to a client that comes later. */
export interface Contact extends Omit<ConnectOptions, "dialled"> {
  events: ChannelEvents;
}

export async function connectUpstream(options: ConnectOptions): Promise<UpstreamClient> {
  let wired: WiredClient | undefined;
  const contact: Contact = {
    ...options,
    events: eventsFor(() => wired),
  };
  if (options.signal.aborted)
    throw new FlotillaError("call_cancelled", "Connecting was cancelled.");
  const { dialled } = options;
  if (dialled.kind === "owned") return dialled.connect(options.onChange, options.signal);
  wired =
    dialled.kind === "link"
      ? await connectLink(contact, dialled.link)
      : await connectHttp(contact, dialled);
  return wired.client;
}
