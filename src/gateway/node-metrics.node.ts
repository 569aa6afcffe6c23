/** Counts and times HTTP requests. Labels are of bounded variety: no path, no name from outside. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Telemetry } from "../telemetry/index.ts";
import { routeOf } from "./front/route.ts";

export function observeRequest(
  { meter }: Telemetry,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const start = performance.now();
  response.once("close", () => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const labels = {
      route: routeOf(path).kind,
      status: response.writableFinished ? String(response.statusCode) : "gone",
    };
    meter.count("gateway_http_requests", 1, labels);
    meter.observe("gateway_http_request_ms", performance.now() - start, labels);
  });
}
