/** The time one call may take, waking included. Progress gives it more, up to a hard cap. */
import type { Clock, Timer } from "../../protocol/clock.ts";
import { type CallSignal, createCallAbort } from "../call-signal.ts";

export interface Deadline {
  /** Aborted when the client gave up or the time is over. */
  readonly signal: CallSignal;
  timedOut(): boolean;
  extend(): void;
  /** While a client thinks, the time stands still. Both are idempotent. */
  pause(): void;
  resume(): void;
  /** From now on this client's leaving ends the call, and that of the one before no longer does. */
  follow(client: CallSignal | undefined): void;
  /** Ends the call now. */
  end(): void;
  /** Must be called when the call is over. */
  clear(): void;
}

export interface DeadlineOptions {
  clock: Clock;
  timeoutMs: number;
  /** From the start, however much progress there is. */
  hardCapMs: number;
  client: CallSignal;
}

export function startDeadline({ clock, timeoutMs, hardCapMs, client }: DeadlineOptions): Deadline {
  const over = createCallAbort();
  const startMs = clock.monotonicMs();
  let endMs = startMs + timeoutMs;
  let capMs = startMs + hardCapMs;
  let pausedAtMs: number | undefined;
  let followed: CallSignal | undefined;
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
    over.abort();
  }

  const giveUp = (): void => over.abort();
  function follow(next: CallSignal | undefined): void {
    followed?.removeEventListener("abort", giveUp);
    followed = next;
    if (next?.aborted === true) giveUp();
    else next?.addEventListener("abort", giveUp, { once: true });
  }
  follow(client);
  return {
    signal: over.signal,
    timedOut: () => isOver,
    extend() {
      endMs = Math.min(clock.monotonicMs() + timeoutMs, capMs);
    },
    pause() {
      if (pausedAtMs !== undefined) return;
      pausedAtMs = clock.monotonicMs();
      timer.cancel();
    },
    resume() {
      if (pausedAtMs === undefined) return;
      const nowMs = clock.monotonicMs();
      capMs += nowMs - pausedAtMs;
      pausedAtMs = undefined;
      // The worker begins a new stretch of work, for which it gets its whole time.
      endMs = Math.min(nowMs + timeoutMs, capMs);
      timer = clock.after(endMs - nowMs, check);
    },
    follow,
    end: giveUp,
    clear() {
      timer.cancel();
      followed?.removeEventListener("abort", giveUp);
    },
  };
}
