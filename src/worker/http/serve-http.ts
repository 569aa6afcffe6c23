/** `serveHttp`, as a worker's author sees it; the server itself needs Node and loads when it is called. */
import { FlotillaError } from "../../protocol/index.ts";
import type { Worker } from "../contract.ts";

export interface ServeHttpOptions {
  /** Default: `PORT`, else 8080. 0 picks a free one. */
  port?: number;
  /**
   * Default: `HOST`, else 127.0.0.1. Beyond loopback whoever reaches the port may call: put the fleet's gateway, or
   * whatever authenticates, in front.
   */
  host?: string;
  /** Host names that requests may be for. Loopback names always work on loopback; elsewhere the default is any. */
  hosts?: readonly string[];
  /** Pages that may call, besides those of the same host. */
  origins?: readonly string[];
  /** Default 4 MiB. */
  maxBodyBytes?: number;
  /** Calls at a time, of all tools together; more are told to come back. Default 1,024. */
  maxCalls?: number;
  /** How long running calls may go on after SIGTERM. Default: `FLOTILLA_GRACE_MS`, else 4,000. */
  graceMs?: number;
  /** The same on all replicas, so that a call that asks may go on at any of them. Default: `FLOTILLA_STATE_SECRET`. */
  stateSecret?: string;
  /** Takes the log: one JSON text a line, for what tools log at `FLOTILLA_LOG_LEVEL` (default: info) and above. Default: stderr. */
  log?: (line: string) => void;
}

export interface HttpServer {
  readonly port: number;
  /** Of the MCP endpoint. */
  readonly url: string;
  /** Drains and ends. Idempotent. */
  close(): Promise<void>;
}

/** Not a literal in the import below: neutral code must type-check, and load, where there is no Node. */
const NODE_ENTRY: string = "./serve-http.node.ts";

interface NodeEntry {
  listen(worker: Worker, options: ServeHttpOptions): Promise<HttpServer>;
}

/** Serves the worker at `/mcp`, in the way of every version that a client may speak. */
export async function serveHttp(
  worker: Worker,
  options: ServeHttpOptions = {},
): Promise<HttpServer> {
  if (!("process" in globalThis)) {
    throw new FlotillaError("not_supported", "serveHttp() needs Node.", {
      hint: "Export fetchHandler(worker) here.",
    });
  }
  const entry: NodeEntry = await import(NODE_ENTRY);
  return entry.listen(worker, options);
}
