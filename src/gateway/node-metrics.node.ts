/** Counts and times HTTP requests. Labels are of bounded variety: no path, no name from outside. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Telemetry } from "../telemetry/index.ts";
import { routeOf } from "./front/route.ts";

/** For entries without a request object: called once an answer is on its way, or its client is gone. */
export type ObserveAnswer = (path: string, status: number | "gone", durationMs: number) => void;

export function observeAnswers({ meter }: Telemetry): ObserveAnswer {
  return (path, status, durationMs) => {
    const labels = { route: routeOf(path).kind, status: String(status) };
    meter.count("gateway_http_requests", 1, labels);
    meter.observe("gateway_http_request_ms", durationMs, labels);
  };
}

export function observeRequest(
  telemetry: Telemetry,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const observe = observeAnswers(telemetry);
  const start = performance.now();
  response.once("close", () => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const status = response.writableFinished ? response.statusCode : "gone";
    observe(path, status, performance.now() - start);
  });
}
