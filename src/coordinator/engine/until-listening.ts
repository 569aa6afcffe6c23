/** A started program is there before it listens; what forwards a container's port even accepts, and then hangs up. */
import type { Clock } from "../../protocol/clock.ts";
import { isFlotillaError } from "../../protocol/errors.ts";

const RETRY_MS = 100;

/**
 * Repeats `probe` while it finds nobody there, until `signal` aborts: the caller bounds the time. Any other failure
 * is the drone's own answer and is passed on.
 */
export async function untilListening(
  probe: () => Promise<void>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      if (signal.aborted || !isFlotillaError(error) || error.code !== "drone_lost") throw error;
    }
    await pause(clock, signal);
    signal.throwIfAborted();
  }
}

function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(RETRY_MS, over);
    signal.addEventListener("abort", over, { once: true });
    function over(): void {
      timer.cancel();
      signal.removeEventListener("abort", over);
      resolve();
    }
  });
}
