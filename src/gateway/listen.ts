/** Brings changes at the workers to the clients that asked for them. */
import { FlotillaError } from "../protocol/errors.ts";
import type { Clock, Timer } from "../protocol/clock.ts";
import type { ListenFilter, ListenRequest } from "./call.ts";
import type { ListKind } from "./catalog/fetch.ts";
import type { View, Views } from "./catalog/view.ts";
import type { Tables } from "./tables.ts";

export interface ListenHubOptions {
  tables: Tables;
  /** As this principal sees the fleet. */
  viewsFor: (principal: string) => Views;
  clock: Clock;
  maxListeners: number;
  /** Which worker a URI belongs to at an endpoint, if it can be subscribed to there. */
  ownerOf: (endpoint: ListenRequest["endpoint"], uri: string) => string | undefined;
  /** The URIs wanted of a worker changed. */
  onWanted: (worker: string, uris: readonly string[]) => void;
}

export interface ListenHub {
  /** Rejects with `overloaded` when too many listen already. */
  listen(request: ListenRequest): Promise<ListenFilter>;
  /** A resource of a worker changed. */
  updated(worker: string, uri: string): void;
  wanted(worker: string): readonly string[];
  close(): void;
}

/** Changes of many workers at once reach a client as one notification per list. */
const GATHER_MS = 50;
/** Of one client. */
const MAX_URIS = 1_000;

type ListFlag = "toolsListChanged" | "promptsListChanged" | "resourcesListChanged";

const LIST_NOTICES: Record<ListFlag, { method: string; kinds: readonly ListKind[] }> = {
  toolsListChanged: { method: "notifications/tools/list_changed", kinds: ["tools"] },
  promptsListChanged: { method: "notifications/prompts/list_changed", kinds: ["prompts"] },
  resourcesListChanged: {
    method: "notifications/resources/list_changed",
    kinds: ["resources", "resourceTemplates"],
  },
};
const LIST_FLAGS = Object.keys(LIST_NOTICES).filter(
  (flag): flag is ListFlag => flag in LIST_NOTICES,
);

interface Listener {
  request: ListenRequest;
  /** URI → the worker it belongs to. */
  uris: Map<string, string>;
  /** What the lists held when the client was last told. */
  told: Record<ListFlag, string>;
}

export function createListenHub(options: ListenHubOptions): ListenHub {
  return new Hub(options);
}

class Hub implements ListenHub {
  readonly #options: ListenHubOptions;
  readonly #listeners = new Set<Listener>();
  readonly #unwatch: () => void;
  #timer: Timer | undefined;

  constructor(options: ListenHubOptions) {
    this.#options = options;
    this.#unwatch = options.tables.onChange((change) => {
      if (change.table === "drone" || this.#listeners.size === 0) return;
      this.#timer ??= options.clock.after(GATHER_MS, () => this.#tellLists());
    });
  }

  async listen(request: ListenRequest): Promise<ListenFilter> {
    const { maxListeners, ownerOf } = this.#options;
    if (this.#listeners.size >= maxListeners) {
      throw new FlotillaError("overloaded", "Too many clients listen for changes.", {
        retryable: true,
      });
    }
    const uris = new Map<string, string>();
    for (const uri of request.filter.resourceSubscriptions.slice(0, MAX_URIS)) {
      const owner = ownerOf(request.endpoint, uri);
      if (owner !== undefined) uris.set(uri, owner);
    }
    const listener: Listener = { request, uris, told: this.#stateFor(request) };
    if (!request.signal.aborted) this.#join(listener);
    return { ...request.filter, resourceSubscriptions: [...uris.keys()] };
  }

  updated(worker: string, uri: string): void {
    for (const { request, uris } of this.#listeners) {
      if (uris.get(uri) === worker) request.emit("notifications/resources/updated", { uri });
    }
  }

  wanted(worker: string): readonly string[] {
    const wanted = new Set<string>();
    for (const { uris } of this.#listeners) {
      for (const [uri, owner] of uris) if (owner === worker) wanted.add(uri);
    }
    return [...wanted].toSorted();
  }

  close(): void {
    this.#unwatch();
    this.#timer?.cancel();
    this.#listeners.clear();
  }

  #join(listener: Listener): void {
    this.#listeners.add(listener);
    this.#announce(listener);
    const leave = (): void => {
      this.#listeners.delete(listener);
      this.#announce(listener);
    };
    listener.request.signal.addEventListener("abort", leave, { once: true });
  }

  #announce({ uris }: Listener): void {
    for (const worker of new Set(uris.values()))
      this.#options.onWanted(worker, this.wanted(worker));
  }

  #tellLists(): void {
    this.#timer = undefined;
    for (const listener of this.#listeners) {
      const now = this.#stateFor(listener.request);
      for (const flag of LIST_FLAGS) {
        if (!listener.request.filter[flag] || now[flag] === listener.told[flag]) continue;
        listener.request.emit(LIST_NOTICES[flag].method, {});
      }
      listener.told = now;
    }
  }

  #stateFor({ endpoint, client }: ListenRequest): Record<ListFlag, string> {
    const views = this.#options.viewsFor(client.principal);
    const view = endpoint.kind === "aggregate" ? views.aggregate() : views.of(endpoint.worker);
    return {
      toolsListChanged: stateOf(view, "toolsListChanged"),
      promptsListChanged: stateOf(view, "promptsListChanged"),
      resourcesListChanged: stateOf(view, "resourcesListChanged"),
    };
  }
}

function stateOf(view: View | undefined, flag: ListFlag): string {
  return view === undefined ? "" : LIST_NOTICES[flag].kinds.map(view.signature).join("\n");
}
