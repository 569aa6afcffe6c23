/**
 * Changes as hints, told by the API server. Each watch goes on where it broke off; when the server no longer remembers
 * that place (410), it begins anew. https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import { sleep, type Clock } from "../../../protocol/clock.ts";
import { isRecord } from "../../../protocol/jsonrpc.ts";
import type { Api, Kind } from "./api.node.ts";
import { textAt } from "./json.ts";
import { LABEL, droneName, fleetSelector } from "./names.node.ts";

interface WatchOptions {
  api: () => Promise<Api>;
  fleet: string;
  clock: Clock;
}

const RETRY_MS = 1_000;
const WATCH_SECONDS = 240;

export function createHints(options: WatchOptions) {
  const listeners = new Set<(handle: string) => void>();
  const ending = new AbortController();
  let isListening = false;
  const follow = (kind: Kind): Promise<void> =>
    followed(kind, options, {
      signal: ending.signal,
      changed: (handle) => {
        for (const listener of listeners) listener(handle);
      },
    });
  return {
    onChange(listener: (handle: string) => void): () => void {
      listeners.add(listener);
      // Nothing is opened before somebody wants to know.
      if (!isListening) {
        void follow("deployments");
        void follow("pods");
      }
      isListening = true;
      return () => void listeners.delete(listener);
    },
    close(): void {
      ending.abort();
      listeners.clear();
    },
  };
}

interface Follower {
  signal: AbortSignal;
  changed: (handle: string) => void;
}

async function followed(kind: Kind, options: WatchOptions, follower: Follower): Promise<void> {
  const { api, fleet, clock } = options;
  let from: string | undefined;
  while (!follower.signal.aborted) {
    try {
      const client = await api();
      const at: string = from ?? (await placeNow(client, kind, fleet));
      from = await watched(client, { kind, fleet, from: at, ...follower });
    } catch {
      // Whoever needs an answer asks, and is told then what is wrong.
    }
    await sleep(clock, RETRY_MS, follower.signal);
  }
}

/** Returns where it got to; undefined when that is not known. */
async function watched(
  client: Api,
  { kind, fleet, from, signal, changed }: Follower & { kind: Kind; fleet: string; from: string },
): Promise<string | undefined> {
  let at: string | undefined = from;
  const onLine = (text: string): void => {
    const { type, object } = eventOf(text);
    at = type === "ERROR" ? undefined : (textAt(object, "metadata", "resourceVersion") ?? at);
    const claim = textAt(object, "metadata", "annotations", LABEL.claim);
    if (claim !== undefined) changed(droneName(fleet, claim));
  };
  const query = {
    watch: "1",
    labelSelector: fleetSelector(fleet),
    resourceVersion: from,
    allowWatchBookmarks: "true",
    timeoutSeconds: String(WATCH_SECONDS),
  };
  try {
    await client.lines({ kind, query, signal }, onLine);
  } catch {
    // A connection that broke may go on where it was; a server that refused gets asked for a place anew.
    if (at === from) return undefined;
  }
  return at;
}

async function placeNow(api: Api, kind: Kind, fleet: string): Promise<string> {
  const query = { labelSelector: fleetSelector(fleet), limit: "1" };
  // "0": anything the server has at hand.
  return textAt(await api.must({ kind, query }), "metadata", "resourceVersion") ?? "0";
}

function eventOf(text: string): { type: unknown; object: unknown } {
  try {
    const event: unknown = JSON.parse(text);
    if (isRecord(event)) return { type: event["type"], object: event["object"] };
  } catch {
    // Cut off in the middle: the next event or the next look tells.
  }
  return { type: undefined, object: undefined };
}
