import type { ApiErrorBody } from "../../protocol/api.ts";
import type { Answer } from "./exchange.ts";

/** The last word on a path that nobody serves. */
export function notFound(path: string): Answer {
  const body: ApiErrorBody = {
    error: {
      code: "not_found",
      message: `There is nothing at ${path.slice(0, 200)}.`,
      hint: "MCP is at /mcp, one worker at /mcp/<worker>, the state of all at /health.",
    },
  };
  return { status: 404, body: JSON.stringify(body) };
}

/** Without the reason, which may hold what outsiders must not see. */
export function fallbackFailed(): Answer {
  const body: ApiErrorBody = { error: { code: "internal", message: "The request failed." } };
  return { status: 500, body: JSON.stringify(body) };
}
