/** What a legacy session is told without asking each time, as one inner listen stream. */
import { FlotillaError } from "../../../protocol/errors.ts";
import { encodeNotification } from "../../../protocol/jsonrpc.ts";
import type { ClientContext, Endpoint, ListenFilter, Router } from "../../call.ts";

export interface SubscriptionsOptions {
  router: Router;
  endpoint: Endpoint;
  maxSubscriptions: number;
  client: () => ClientContext;
  push: (text: string) => void;
}

/** What most sessions have, and none of them for itself. */
const NONE: ReadonlySet<string> = new Set();
const DONE = Promise.resolve();

export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  #uris: ReadonlySet<string> = NONE;
  #wantsLists = false;
  #current: AbortController | undefined;
  #hasEnded = false;
  /** One change at a time: two overlapping ones could leave the older filter in force. */
  #last: Promise<unknown> = DONE;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /** List changes from now on. Idempotent. */
  listen(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#wantsLists) return;
      this.#wantsLists = true;
      await this.#renew();
    });
  }

  /** Rejects with `not_supported` when nobody would tell of changes of this resource. */
  subscribe(uri: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#uris.has(uri)) return;
      if (this.#uris.size >= this.#options.maxSubscriptions) {
        throw new FlotillaError("overloaded", "The session has too many subscriptions.");
      }
      this.#uris = new Set([...this.#uris, uri]);
      const honored = await this.#renew();
      if (honored.resourceSubscriptions.includes(uri)) return;
      this.#uris = without(this.#uris, uri);
      throw new FlotillaError("not_supported", "Changes of this resource are not reported.");
    });
  }

  /** Idempotent. */
  unsubscribe(uri: string): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#uris.has(uri)) return;
      this.#uris = without(this.#uris, uri);
      await this.#renew();
    });
  }

  get uris(): readonly string[] {
    return [...this.#uris];
  }

  /** As another gateway wrote them down; what nobody honours any more is simply not told of. */
  replace(uris: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      const isSame = uris.length === this.#uris.size && uris.every((uri) => this.#uris.has(uri));
      if (isSame) return;
      this.#uris = new Set(uris.slice(0, this.#options.maxSubscriptions));
      await this.#renew();
    });
  }

  end(): void {
    this.#hasEnded = true;
    this.#current?.abort();
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const next = this.#last.then(step);
    this.#last = next.catch(() => {});
    return next;
  }

  /** The new stream starts before the old one ends, so that no change falls between them. */
  async #renew(): Promise<ListenFilter> {
    const { router, endpoint, client, push } = this.#options;
    const filter: ListenFilter = {
      toolsListChanged: this.#wantsLists,
      promptsListChanged: this.#wantsLists,
      resourcesListChanged: this.#wantsLists,
      resourceSubscriptions: [...this.#uris],
    };
    const previous = this.#current;
    if (this.#hasEnded || (!this.#wantsLists && this.#uris.size === 0)) {
      this.#current = undefined;
      previous?.abort();
      return { ...filter, resourceSubscriptions: [] };
    }
    const next = new AbortController();
    const { signal } = next;
    const emit = (method: string, params: Record<string, unknown>): void => {
      if (!signal.aborted) push(encodeNotification(method, params));
    };
    const honored = await router.listen({ endpoint, client: client(), filter, signal, emit });
    this.#current = next;
    previous?.abort();
    // The session may have ended while the router was thinking.
    if (this.#hasEnded) next.abort();
    return honored;
  }
}

function without(uris: ReadonlySet<string>, uri: string): ReadonlySet<string> {
  const rest = new Set(uris);
  rest.delete(uri);
  return rest;
}
