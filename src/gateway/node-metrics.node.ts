/** Counts and times HTTP requests. Labels are of bounded variety: no path, no name from outside. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Labels, Telemetry } from "../telemetry/index.ts";
import { routeOf, type FrontRoute } from "./front/route.ts";

/** For entries without a request object: called once an answer is on its way, or its client is gone. */
export type ObserveAnswer = (path: string, status: number | "gone", durationMs: number) => void;

export function observeAnswers({ meter }: Telemetry): ObserveAnswer {
  // Routes and statuses are few, so the labels of all of them are kept.
  const known = new Map<FrontRoute["kind"], Map<number | "gone", Labels>>();
  const labelsOf = (route: FrontRoute["kind"], status: number | "gone"): Labels => {
    let byStatus = known.get(route);
    if (byStatus === undefined) known.set(route, (byStatus = new Map()));
    let labels = byStatus.get(status);
    if (labels === undefined) {
      byStatus.set(status, (labels = Object.freeze({ route, status: String(status) })));
    }
    return labels;
  };
  return (path, status, durationMs) => {
    const labels = labelsOf(routeOf(path).kind, status);
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
