/** Notifications that belong to one request, made fit for its client: its progress token on, unwanted logs out. */
import { encodeNotification } from "../../protocol/jsonrpc.ts";
import { atLeast } from "../../protocol/meta.ts";
import type { LogLevel } from "../../protocol/meta.ts";
import type { ProgressToken } from "./call-params.ts";

export interface NoticeOptions {
  token: ProgressToken | undefined;
  /** Undefined: the client wants no log messages. */
  logLevel: LogLevel | undefined;
  /** Takes one encoded notification. */
  put(text: string): void;
}

export function createNotices(
  options: NoticeOptions,
): (method: string, params: Record<string, unknown>) => void {
  return (method, params) => {
    if (method === "notifications/progress") {
      if (options.token === undefined) return;
      options.put(encodeNotification(method, { ...params, progressToken: options.token }));
    } else if (method === "notifications/message") {
      if (options.logLevel === undefined) return;
      if (!atLeast(String(params["level"]), options.logLevel)) return;
      options.put(encodeNotification(method, params));
    }
    // Nothing else may ride on a request's stream.
  };
}
