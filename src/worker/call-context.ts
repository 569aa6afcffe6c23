import { atLeast } from "../protocol/index.ts";
import type { LogLevel } from "../protocol/index.ts";
import type { ToolContext } from "./contract.ts";

export interface CallContextOptions {
  callId: string;
  signal: AbortSignal;
  notify: (method: string, params: Record<string, unknown>) => void;
  /** As the client sent it; absent when it wants no progress. */
  progressToken: unknown;
  /** Absent when the client wants no log lines. */
  logLevel: LogLevel | undefined;
  logger: string;
}

/** What a tool may tell while it runs. Silent once the call is over or the client is not interested. */
export function callContext(options: CallContextOptions): ToolContext {
  const { progressToken, logLevel, signal, notify } = options;
  let last = Number.NEGATIVE_INFINITY;
  return {
    callId: options.callId,
    signal,
    progress(done, total, message) {
      if (typeof progressToken !== "string" && typeof progressToken !== "number") return;
      if (signal.aborted || !(done > last)) return;
      last = done;
      notify("notifications/progress", {
        progressToken,
        progress: done,
        ...(total === undefined ? {} : { total }),
        ...(message === undefined ? {} : { message }),
      });
    },
    log(level, message, data) {
      if (logLevel === undefined || signal.aborted || !atLeast(level, logLevel)) return;
      notify("notifications/message", {
        level,
        logger: options.logger,
        data: { message, callId: options.callId, ...data },
      });
    },
  };
}
