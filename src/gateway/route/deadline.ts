/** The time one call may take, waking included. Progress gives it more, up to a hard cap. */
import type { Clock, Timer } from "../../protocol/clock.ts";

export interface Deadline {
  /** Aborted when the client gave up or the time is over. */
  readonly signal: AbortSignal;
  timedOut(): boolean;
  extend(): void;
  /** Must be called when the call is over. */
  clear(): void;
}

export interface DeadlineOptions {
  clock: Clock;
  timeoutMs: number;
  /** From the start, however much progress there is. */
  hardCapMs: number;
  client: AbortSignal;
}

export function startDeadline({ clock, timeoutMs, hardCapMs, client }: DeadlineOptions): Deadline {
  const abort = new AbortController();
  const startMs = clock.monotonicMs();
  let endMs = startMs + timeoutMs;
  let isOver = false;
  let timer: Timer = clock.after(timeoutMs, check);

  // The timer is not moved at each progress: it looks when it fires, and sleeps again for what is left.
  function check(): void {
    const leftMs = endMs - clock.monotonicMs();
    if (leftMs > 0) {
      timer = clock.after(leftMs, check);
      return;
    }
    isOver = true;
    abort.abort();
  }

  const giveUp = (): void => abort.abort();
  if (client.aborted) giveUp();
  else client.addEventListener("abort", giveUp, { once: true });
  return {
    signal: abort.signal,
    timedOut: () => isOver,
    extend() {
      endMs = Math.min(clock.monotonicMs() + timeoutMs, startMs + hardCapMs);
    },
    clear() {
      timer.cancel();
      client.removeEventListener("abort", giveUp);
    },
  };
}
