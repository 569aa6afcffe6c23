/** Waits for a worker that was woken, by asking again: a wake is answered before it is done. */
import { sleep, type WakeAnswer } from "../../protocol/index.ts";
import type { CliIo } from "../io.ts";
import type { ApiClient } from "./api.ts";

const POLL_MS = 150;
/** Longer than any start is allowed by default; the coordinator gives up long before. */
const PATIENCE_MS = 120_000;

export async function waitUntilReady(
  api: ApiClient,
  answer: WakeAnswer,
  { clock, signal }: Pick<CliIo, "clock" | "signal">,
): Promise<WakeAnswer> {
  const deadlineMs = clock.monotonicMs() + PATIENCE_MS;
  let latest = answer;
  while (latest.state === "asleep" || latest.state === "waking") {
    if (clock.monotonicMs() > deadlineMs || signal.aborted) return latest;
    await keepAliveFor(POLL_MS, () => sleep(clock, POLL_MS, signal));
    const { health } = await api.worker(answer.worker);
    const { state, lastError, retryAtMs } = health;
    latest = {
      worker: answer.worker,
      state,
      ...(lastError === undefined ? {} : { lastError }),
      ...(retryAtMs === undefined ? {} : { retryAtMs }),
    };
  }
  return latest;
}

/** The clock's timers do not keep a process alive, and between two questions nothing else does. */
export async function keepAliveFor(ms: number, wait: () => Promise<void>): Promise<void> {
  const anchor = setInterval(() => undefined, Math.max(ms, 1000));
  try {
    await wait();
  } finally {
    clearInterval(anchor);
  }
}
