/** Tells the event log about calls, in small batches and off the path of the call. */
import type { CallEvent } from "../protocol/api.ts";
import type { Clock, Timer } from "../protocol/clock.ts";
import { messageOf } from "../protocol/errors.ts";
import type { EventLog } from "../store/contract.ts";
import type { Telemetry } from "../telemetry/index.ts";

export interface CallEvents {
  /** Never waits, never throws. Beyond the bound the oldest event is dropped and counted. */
  record(event: CallEvent): void;
  /** False when so much was told since the last write that one more success would only cost. */
  hasRoom(): boolean;
  /** A success that was not told; counted with the dropped. */
  skip(): void;
  /** How many were dropped since the start. */
  dropped(): number;
  /** Writes what is left. */
  close(): Promise<void>;
}

export interface CallEventsOptions {
  events: Pick<EventLog, "append">;
  clock: Clock;
  telemetry: Telemetry;
  maxPending: number;
}

const TOPIC = "calls";
/** Soon enough for a person who watches, rare enough for a store that fsyncs. */
const FLUSH_MS = 150;
const MAX_BATCH = 200;
/**
 * About 2,000 a second. Beyond it successes are sampled, because writing each would cost as much as serving it; metrics
 * still count all, and whatever went wrong is told up to the bound.
 */
const DETAILED_PER_FLUSH = 300;

export function createCallEvents(options: CallEventsOptions): CallEvents {
  const { clock, telemetry, maxPending } = options;
  let pending: CallEvent[] = [];
  let timer: Timer | undefined;
  let writing: Promise<void> | undefined;
  let dropped = 0;
  let skipped = 0;

  async function flush(): Promise<void> {
    while (pending.length > 0) {
      const batch = pending.slice(0, MAX_BATCH);
      pending = pending.slice(MAX_BATCH);
      if (!(await write(options, batch))) return drop(batch.length);
    }
  }

  function drop(count: number): void {
    dropped += count;
    telemetry.meter.count("call_events_dropped_total", count);
  }

  function start(): Promise<void> {
    timer?.cancel();
    timer = undefined;
    if (skipped > 0) drop(skipped);
    skipped = 0;
    writing ??= flush().finally(() => {
      writing = undefined;
      if (pending.length > 0) later();
    });
    return writing;
  }

  function later(): void {
    timer ??= clock.after(FLUSH_MS, () => void start());
  }

  return {
    record(event) {
      if (pending.length >= maxPending) {
        pending.shift();
        drop(1);
      }
      pending.push(event);
      later();
    },
    hasRoom: () => pending.length < DETAILED_PER_FLUSH,
    skip() {
      skipped += 1;
      later();
    },
    dropped: () => dropped + skipped,
    async close() {
      await writing;
      await start();
      timer?.cancel();
    },
  };
}

async function write(
  { events, telemetry }: CallEventsOptions,
  batch: readonly CallEvent[],
): Promise<boolean> {
  try {
    await events.append(TOPIC, batch);
    return true;
  } catch (error) {
    const reason = messageOf(error);
    telemetry.log.warn("writing call events failed", { dropped: batch.length, reason });
    return false;
  }
}
