/** Which part of the front a path belongs to. */
import { isWorkerName } from "../../protocol/names.ts";
import type { Endpoint } from "../call.ts";
import { isCardPath } from "../cards/desk.ts";

export type FrontRoute =
  | { kind: "mcp"; endpoint: Endpoint }
  /** The 2024-11-05 transport: its stream, and where its client posts. */
  | { kind: "sse"; endpoint: Endpoint }
  | { kind: "messages" }
  | { kind: "health" }
  | { kind: "ready" }
  /** A public document about endpoints. */
  | { kind: "card" }
  /** Under `/mcp/` or `/sse/`, but no worker can have that name. */
  | { kind: "nowhere"; name: string }
  | { kind: "foreign" };

const AGGREGATE: Endpoint = { kind: "aggregate" };
const MCP: FrontRoute = { kind: "mcp", endpoint: AGGREGATE };

export function routeOf(path: string): FrontRoute {
  switch (path) {
    case "/mcp":
    case "/mcp/":
      return MCP;
    case "/sse":
    case "/sse/":
      return { kind: "sse", endpoint: AGGREGATE };
    case "/messages":
      return { kind: "messages" };
    case "/health":
      return { kind: "health" };
    case "/ready":
      return { kind: "ready" };
    default:
      return isCardPath(path) ? { kind: "card" } : workerRoute(path);
  }
}

function workerRoute(path: string): FrontRoute {
  const isMcp = path.startsWith("/mcp/");
  if (!isMcp && !path.startsWith("/sse/")) return { kind: "foreign" };
  // Both prefixes have five characters. Worker names need no percent-encoding, so there is nothing to decode.
  const name = path.endsWith("/") ? path.slice(5, -1) : path.slice(5);
  if (!isWorkerName(name)) return { kind: "nowhere", name };
  return { kind: isMcp ? "mcp" : "sse", endpoint: { kind: "worker", worker: name } };
}

/** One text per endpoint, to compare and to label with. */
export function endpointKey(endpoint: Endpoint): string {
  return endpoint.kind === "aggregate" ? "" : endpoint.worker;
}
