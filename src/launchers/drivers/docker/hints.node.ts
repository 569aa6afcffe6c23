/** Docker's own events as hints. A broken stream is opened again; what was missed is found by the next look. */
import type { Clock, Timer } from "../../../protocol/clock.ts";
import { createLineSplitter } from "../lines.node.ts";
import { LABEL } from "./container.ts";
import type { Engine } from "./engine.node.ts";

interface HintOptions {
  engine: Engine;
  fleet: string;
  clock: Clock;
}

const RETRY_MS = 2_000;
const MAX_EVENT_BYTES = 64 * 1024;

/** Whose event it is; undefined when it is that of another fleet's container. */
function handleIn(text: string, fleet: string): string | undefined {
  if (text.includes('"Type":"network"')) return /"container":"([0-9a-f]{64})"/.exec(text)?.[1];
  const isOurs = text.includes(`"${LABEL.fleet}":"${fleet}"`);
  return isOurs ? /"id":"([0-9a-f]{64})"/.exec(text)?.[1] : undefined;
}

export function createHints({ engine, fleet, clock }: HintOptions) {
  const listeners = new Set<(handle: string) => void>();
  const ending = new AbortController();
  let retry: Timer | undefined;
  let isListening = false;
  const changed = (handle: string): void => {
    for (const listener of listeners) listener(handle);
  };
  const listen = async (): Promise<void> => {
    // Not by the fleet's label: an event of a network carries the network's own.
    const filters = JSON.stringify({
      type: ["container", "network"],
      event: ["start", "die", "oom", "destroy", "disconnect"],
    });
    const events = await engine.stream({
      path: "/events",
      query: { filters },
      signal: ending.signal,
    });
    const lines = createLineSplitter({
      maxBytes: MAX_EVENT_BYTES,
      onOverlong: "cut",
      onLine(text) {
        const handle = handleIn(text, fleet);
        if (handle !== undefined) changed(handle);
      },
    });
    for await (const chunk of events) if (Buffer.isBuffer(chunk)) lines.push(chunk);
  };
  const keepListening = (): void => {
    const again = (): void => {
      if (ending.signal.aborted) return;
      retry = clock.after(RETRY_MS, keepListening);
    };
    void listen().then(again, again);
  };
  return {
    changed,
    onChange(listener: (handle: string) => void): () => void {
      listeners.add(listener);
      // Nothing is opened before somebody wants to know.
      if (!isListening) keepListening();
      isListening = true;
      return () => void listeners.delete(listener);
    },
    close(): void {
      ending.abort();
      retry?.cancel();
      listeners.clear();
    },
  };
}
