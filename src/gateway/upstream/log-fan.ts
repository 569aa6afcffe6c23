/**
 * Log lines on a shared pipe name no request. They go to the calls under way that asked for their level, and only
 * while all of those have one principal: a line that may belong to someone else is dropped.
 */
import { atLeast, isLogLevel, LOG_LEVELS, type LogLevel } from "../../protocol/meta.ts";
import { createBag } from "../bag.ts";
import type { UpstreamCall } from "./contract.ts";

export function wantsLog(wanted: string | undefined, level: unknown): boolean {
  return isLogLevel(wanted) && typeof level === "string" && atLeast(level, wanted);
}

export interface LogFan {
  /** Returns how to leave. */
  join(call: UpstreamCall): () => void;
  deliver(params: Record<string, unknown>): void;
  /** The most talkative level any call under way wants. */
  lowestWanted(): LogLevel | undefined;
}

export function createLogFan(): LogFan {
  const calls = createBag<UpstreamCall>();
  return {
    join(call) {
      const place = calls.add(call);
      return () => void calls.remove(place);
    },
    deliver(params) {
      const principals = new Set([...calls].map((call) => call.client.principal));
      if (principals.size !== 1) return;
      for (const call of calls) {
        if (wantsLog(call.logLevel, params["level"])) call.notify("notifications/message", params);
      }
    },
    lowestWanted() {
      const wanted = new Set([...calls].map((call) => call.logLevel));
      return LOG_LEVELS.find((level) => wanted.has(level));
    },
  };
}
