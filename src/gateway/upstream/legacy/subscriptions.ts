/** Keeps a legacy worker's resource subscriptions equal to what is wanted. */
import type { Channel, Hello } from "../contract.ts";

/** Per drone. Wishes beyond it are not sent; the front bounds each client well below. */
const MAX_SUBSCRIPTIONS = 1_000;

export interface Subscriptions {
  want(uris: readonly string[]): void;
}

export function createSubscriptions(channel: Channel, hello: Hello): Subscriptions {
  const resources = hello.capabilities["resources"];
  const supported =
    typeof resources === "object" &&
    resources !== null &&
    "subscribe" in resources &&
    resources.subscribe === true;
  const have = new Set<string>();
  let wanted = new Set<string>();
  let running = false;

  // One at a time, so that subscribe and unsubscribe of one URI cannot overtake each other.
  async function converge(): Promise<void> {
    if (running) return;
    running = true;
    try {
      for (let step = next(); step !== undefined; step = next()) {
        const { uri, method } = step;
        if (method === "resources/subscribe") have.add(uri);
        else have.delete(uri);
        await channel.request({ method, params: { uri } });
      }
    } catch {
      // The drone is gone; its successor gets its own subscriptions.
    } finally {
      running = false;
    }
  }

  function next(): { method: string; uri: string } | undefined {
    for (const uri of have) if (!wanted.has(uri)) return { method: "resources/unsubscribe", uri };
    for (const uri of wanted) if (!have.has(uri)) return { method: "resources/subscribe", uri };
    return undefined;
  }

  return {
    want(uris) {
      if (!supported) return;
      wanted = new Set(uris.slice(0, MAX_SUBSCRIPTIONS));
      void converge();
    },
  };
}
