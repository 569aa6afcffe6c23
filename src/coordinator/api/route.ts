import type { FleetDesk } from "../desk/desk.ts";
import type { BatchDesk } from "../batches/desk.ts";
import type { EventFeed } from "../events/feed.ts";

export interface ApiDeps {
  desk: FleetDesk;
  batches: BatchDesk;
  feed: EventFeed;
  /** Reads the configuration again and applies it. */
  reload: () => Promise<{ workers: number; changed: string[] }>;
}

export interface ApiRequest {
  request: Request;
  url: URL;
  /** The decoded variable part of the path, "" when there is none. */
  name: string;
}

export type ApiHandler = (deps: ApiDeps, api: ApiRequest) => Promise<Response>;

export interface ApiRoute {
  /** Segments after the prefix; `*` stands for the variable one. */
  path: readonly string[];
  methods: Readonly<Record<string, ApiHandler>>;
}
