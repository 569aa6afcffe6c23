/**
 * A breaker for each tool that fails in a way that costs: time-outs and lost drones. A tool that merely answers with an
 * error works. While a tool's breaker is open its calls are refused at once, and the worker's other tools go on.
 */
import type { Clock } from "../../protocol/clock.ts";
import { FlotillaError } from "../../protocol/errors.ts";
import { type Breaker, createBreaker } from "./breaker.ts";

export interface ToolBreakers {
  /** Throws `worker_unavailable` with the time of the next try while the tool's breaker is open. */
  begin(worker: string, tool: string): ToolCall;
}
export interface ToolCall {
  /** `undefined`: it says nothing about the tool. */
  ended(ok: boolean | undefined): void;
}

/** Tools that failed lately; beyond it the one that failed longest ago is forgotten. */
const MAX_TOOLS = 1_000;

export function createToolBreakers(clock: Clock): ToolBreakers {
  /** Only of tools that have failed: most never do, and their calls pay a look-up. */
  const failing = new Map<string, Breaker>();
  const noted = (key: string): Breaker => {
    const breaker = failing.get(key) ?? createBreaker();
    failing.delete(key);
    failing.set(key, breaker);
    const [oldest] = failing.keys();
    if (failing.size > MAX_TOOLS && oldest !== undefined) failing.delete(oldest);
    return breaker;
  };
  return {
    begin(worker, tool) {
      const key = `${worker}\n${tool}`;
      const known = failing.get(key);
      if (known !== undefined) {
        const nowMs = clock.monotonicMs();
        if (!known.allows(nowMs)) throw refusal(worker, tool, known.retryAtMs(nowMs) - nowMs);
        known.began(nowMs);
      }
      return {
        ended(ok) {
          const breaker = ok === false ? noted(key) : failing.get(key);
          if (breaker === undefined) return;
          const nowMs = clock.monotonicMs();
          breaker.ended(ok, nowMs);
        },
      };
    },
  };
}

function refusal(worker: string, tool: string, waitMs: number): FlotillaError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return new FlotillaError(
    "worker_unavailable",
    `${tool} of ${worker} kept failing. It is tried again in ${seconds} s.`,
    {
      retryable: true,
      retryAfterMs: seconds * 1_000,
      hint: `Run "flotilla logs ${worker}" to see why. Its other tools can be called.`,
      data: { worker, tool, sent: false },
    },
  );
}
