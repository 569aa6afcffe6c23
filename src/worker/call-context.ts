import { atLeast } from "../protocol/index.ts";
import type { LogLevel } from "../protocol/index.ts";
import { SILENT } from "./asking/talk.ts";
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
  /** As the client sent it, if it is one. */
  traceparent: unknown;
  /** The drone's own log, beside what the client is told. */
  record: ((line: LogLine) => void) | undefined;
}

export interface LogLine {
  level: LogLevel;
  message: string;
  fields: Record<string, unknown>;
}

/** https://www.w3.org/TR/trace-context/#traceparent-header, version 00. */
const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** What a tool may tell while it runs. Silent once the call is over or the client is not interested. */
export function callContext(options: CallContextOptions): ToolContext {
  const { progressToken, logLevel, signal, notify } = options;
  let last = Number.NEGATIVE_INFINITY;
  const sent = typeof options.traceparent === "string" ? options.traceparent : "";
  const traceId = TRACEPARENT.exec(sent)?.[1];
  const correlation = { callId: options.callId, ...(traceId === undefined ? {} : { traceId }) };
  return {
    ...SILENT,
    callId: options.callId,
    ...(traceId === undefined ? {} : { traceparent: sent }),
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
      options.record?.({ level, message, fields: { ...correlation, ...data } });
      if (logLevel === undefined || signal.aborted || !atLeast(level, logLevel)) return;
      notify("notifications/message", {
        level,
        logger: options.logger,
        data: { message, ...correlation, ...data },
      });
    },
  };
}
