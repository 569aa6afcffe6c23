/** Everything that is not MCP: the coordinator's API, the metrics, and the dashboard. */
import type { Coordinator } from "../../coordinator/index.ts";
import type { Fallback } from "../../gateway/index.ts";
import { API_PREFIX } from "../../protocol/index.ts";

export function createFallback(options: {
  coordinator: Coordinator;
  /** As Prometheus text. */
  metrics: () => Promise<string>;
}): Fallback {
  let dashboard: Promise<Fallback> | undefined;
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(`${API_PREFIX}/`)) return options.coordinator.fetch(request);
    if (pathname === "/metrics") return metrics(options.metrics, request.method);
    dashboard ??= loadDashboard();
    return (await dashboard)(request);
  };
}

async function metrics(read: () => Promise<string>, method: string): Promise<Response> {
  if (method !== "GET")
    return new Response("Only GET.\n", { status: 405, headers: { allow: "GET" } });
  return new Response(await read(), {
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
  });
}

/** Opening the page is no part of starting a fleet. */
async function loadDashboard(): Promise<Fallback> {
  const { createDashboard } = await import("../../../dashboard/serve.node.ts");
  const dashboard = createDashboard();
  return (request) => dashboard.fetch(request);
}
