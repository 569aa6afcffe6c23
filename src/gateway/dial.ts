/** How a router comes to talk to a drone: the composition root knows launchers and secrets, a router does not. */
import type { MessageLink } from "../protocol/link.ts";
import type { DroneRecord } from "../protocol/records.ts";
import type { Notify, UpstreamClient } from "./upstream/contract.ts";

/**
 * Opens the way to a drone. Rejects with `drone_lost` when it is gone; may be called again for the same drone.
 * A link is used by one router alone, for many calls at a time.
 */
export type Dial = (drone: DroneRecord) => Promise<Dialled>;

export type Dialled =
  | { kind: "link"; link: MessageLink }
  | {
      kind: "http";
      url: string;
      transport: "streamable-http" | "sse" | "auto";
      /** Secret headers the worker wants. Never logged, never recorded. */
      headers: Record<string, string>;
    }
  /** Another process holds the drone and the one client of it: calls are forwarded there. */
  | { kind: "owned"; connect(onChange: Notify, signal: AbortSignal): Promise<UpstreamClient> };
